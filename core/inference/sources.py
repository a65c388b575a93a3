"""A checkpoint on a data set: every image through the reader, none that the model may have learned from."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from core.datasets import Source
from core.datasets.fingerprints import fingerprints, refuse_leak
from core.errors import SourceError
from core.evaluation.results.predictions import Predictions
from core.imaging.decoding import Photo
from core.imaging.windows import Box, cut
from core.inference.reader import Reader, Readings
from core.progress import Progress, silent

CHUNK = 64


def assess(
    reader: Reader,
    source: Source,
    splits: Sequence[str] = ("val", "test"),
    progress: Progress = silent,
) -> Predictions:
    """What a checkpoint says of the images of some splits of a source.

    Images are framed as the reader frames any photo, unless the source says where in a field the cell is.
    SourceError where the source has classes that the model does not know; LeakError where images are cells
    that the model learned from (told by content; the held-out splits of its own source are exempt).
    """
    _check_classes(reader, source)
    own = source.split_hash() in reader.checkpoint.card.split_hashes
    rows = source.index[source.index["split"].isin(splits)]
    readings: list[Readings] = []
    done = 0
    prints: list[np.ndarray] = []
    for first in range(0, len(rows), CHUNK):
        keys = [str(key) for key in rows["key"][first : first + CHUNK]]
        photos = [Photo(key, source.load(key)) for key in keys]
        read = reader.read(photos, [known_box(source, photo) for photo in photos])
        readings.append(read)
        done += len(read)
        if not own:
            pairs = zip(photos, read, strict=True)
            prints.append(fingerprints(np.stack([reader.crop(photo, reading.box) for photo, reading in pairs])))
        progress(done, len(rows))
    if prints:
        checkpoint = reader.checkpoint
        refuse_leak(checkpoint.fingerprints(), np.concatenate(prints), checkpoint.name, source.spec.title)
    space = reader.checkpoint.space
    return Predictions.from_arrays(
        source=source.spec.name,
        lab=list(rows["lab"]),
        split=list(rows["split"]),
        keys=list(rows["key"]),
        labels=list(rows["label"]),
        classes=space.keys,
        probabilities=np.concatenate([np.zeros((0, len(space))), *(batch.probabilities for batch in readings)]),
        distance=np.concatenate([np.zeros(0), *(batch.distances for batch in readings)]),
        groups=group_names(rows),
    )


def group_names(rows: pd.DataFrame) -> list[str] | None:
    """What images of a source's index share (a photo, a scene, a video), an image on its own by its key; None where
    the source knows of no groups."""
    if not rows["group"].ne("").any():
        return None
    return [str(group or key) for group, key in zip(rows["group"], rows["key"], strict=True)]


def _check_classes(reader: Reader, source: Source) -> None:
    strange = set(source.label_space.keys) - set(reader.checkpoint.space.keys)
    if strange:
        raise SourceError(
            f"{source.spec.title} has classes that {reader.checkpoint.name} does not know: "
            f"{', '.join(sorted(strange))}."
        )


def known_box(source: Source, photo: Photo) -> Box | None:
    """The cell's window where the source marks it in a larger field; crops are framed like any photo."""
    if not source.spec.fields:
        return None
    height, width = photo.pixels.shape[:2]
    return source.frame(photo.name, width, height)


def drawn_cells(sources: Sequence[Source], split: str, most: int) -> list[tuple[Source, str, str]]:
    """Source, key and label of cells of a split, `most` at most, drawn by chance that is always the same.

    Sources with few cells give all of them, lest an OOD score is fitted on the largest alone.
    """
    rng = np.random.default_rng(0)
    chosen: list[tuple[Source, str, str]] = []
    for place, source in enumerate(sorted(sources, key=lambda source: int((source.index["split"] == split).sum()))):
        cells = source.index.loc[source.index["split"] == split, ["key", "label"]]
        share = (most - len(chosen)) // (len(sources) - place)
        rows = np.sort(rng.permutation(len(cells))[:share])
        chosen += [(source, str(key), str(label)) for key, label in cells.iloc[rows].itertuples(index=False)]
    return chosen


def framed_crops(reader: Reader, images: Sequence[tuple[Source, str]]) -> Iterator[np.ndarray]:
    """The windows of these images as the reader frames any photo, for its network; one after another."""
    size = reader.lead.preprocessing.size
    for first in range(0, len(images), CHUNK):
        part = images[first : first + CHUNK]
        photos = [Photo(key, source.load(key)) for source, key in part]
        given = [known_box(source, photo) for (source, _), photo in zip(part, photos, strict=True)]
        for photo, framing in zip(photos, reader.frame(photos, given), strict=True):
            yield cut(photo.pixels, framing.box, size)
