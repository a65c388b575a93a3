"""What a checkpoint's network sees in the images of a source, kept in the cache folder image by image."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.checkpoints import LOCALIZER, open_checkpoint
from core.datasets import Source
from core.errors import SourceError
from core.imaging.decoding import Photo
from core.inference.reader import Reader
from core.progress import Progress, silent
from core.settings import cache_folder, checkpoints_folder

BATCH = 32


def features_of(reader: Reader, source: Source, keys: Sequence[str], progress: Progress = silent) -> np.ndarray:
    """(N, G + F) float32 of those images (Reader.staged_features), framed as the reader frames any photo.

    What was seen before, by this or another command that stopped half-way, is not looked at again.
    SourceError where the source lacks an image, or the disk has no room.
    """
    places = {key: number for number, key in enumerate(source.keys())}
    missing = [key for key in keys if key not in places]
    if missing:
        raise SourceError(f"{source.spec.title} in {source.root} has no image called {missing[0]}.")
    rows = np.array([places[key] for key in keys], np.intp)
    try:
        features, done = _opened(reader, source)
        waiting = np.flatnonzero(done[rows] == 0)
        progress(len(rows) - len(waiting), len(rows))
        for first in range(0, len(waiting), BATCH):
            part = waiting[first : first + BATCH]
            features[rows[part]] = _features(reader, source, [keys[number] for number in part])
            features.flush()
            done[rows[part]] = 1  # after the features: where this is 1, they are whole
            done.flush()
            progress(len(rows) - len(waiting) + min(first + BATCH, len(waiting)), len(rows))
    except OSError as error:
        raise SourceError(f"What the model sees could not be kept in {cache_folder()}: {error.strerror}.") from error
    return np.array(features[rows])


def _features(reader: Reader, source: Source, keys: Sequence[str]) -> np.ndarray:
    photos = [Photo(key, source.load(key)) for key in keys]
    return reader.staged_features(photos, [framing.box for framing in reader.frame(photos)])


def _opened(reader: Reader, source: Source) -> tuple[np.memmap, np.memmap]:
    """(images of the source, G + F) float32 and (images,) uint8, 1 where the features are there; made where missing."""
    base = cache_folder() / "seen" / _identity(reader, source)[:32]
    base.parent.mkdir(parents=True, exist_ok=True)
    side, count = reader.lead.preprocessing.size, len(source.keys())
    size = reader.lead.features_and_logits([np.zeros((side, side, 3), np.uint8)])[0].shape[1]
    return _mapped(base.with_suffix(".features.npy"), np.float32, (count, size)), _mapped(
        base.with_suffix(".there.npy"), np.uint8, (count,)
    )


def _mapped(path: Path, dtype: type[np.generic], shape: tuple[int, ...]) -> np.memmap:
    """The array in a file, zeros where it is new."""
    array: np.memmap = np.lib.format.open_memmap(
        path, mode="r+" if path.is_file() else "w+", dtype=dtype, shape=None if path.is_file() else shape
    )
    return array


def _identity(reader: Reader, source: Source) -> str:
    """sha256 of all that decides: the network, the localizer, and which images with which content."""
    localizer = open_checkpoint(checkpoints_folder() / LOCALIZER).card.sha256
    contents = source.spec.digest(source.root, source.keys())
    return hashlib.sha256(f"{reader.lead.checkpoint.card.sha256} {localizer} {contents} stages".encode()).hexdigest()
