"""A checkpoint on a data set: every image through the reader, none that the model may have learned from."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from core.data import Source
from core.data.leaks import fingerprints, refuse_leak
from core.errors import SourceError
from core.evaluation.predictions import Predictions
from core.framing import Box
from core.images import Photo
from core.reader import Reader, Reading

CHUNK = 64


def assess(
    reader: Reader,
    source: Source,
    splits: Sequence[str] = ("val", "test"),
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Predictions:
    """What a checkpoint says of the images of some splits of a source.

    Images are framed as the reader frames any photo, unless the source says where in a field the cell is.
    SourceError where the source has classes that the model does not know; LeakError where images are cells
    that the model learned from (told by content; the held-out splits of its own source are exempt).
    """
    _check_classes(reader, source)
    own = source.split_hash() in reader.checkpoint.card.split_hashes
    rows = source.index[source.index["split"].isin(splits)]
    readings: list[Reading] = []
    prints: list[np.ndarray] = []
    for first in range(0, len(rows), CHUNK):
        keys = [str(key) for key in rows["key"][first : first + CHUNK]]
        photos = [Photo(key, source.load(key)) for key in keys]
        read = reader.read(photos, [known_box(source, photo) for photo in photos])
        readings += read
        if not own:
            pairs = zip(photos, read, strict=True)
            prints.append(fingerprints(np.stack([reader.crop(photo, reading.box) for photo, reading in pairs])))
        progress(len(readings), len(rows))
    if prints:
        checkpoint = reader.checkpoint
        refuse_leak(checkpoint.fingerprints(), np.concatenate(prints), checkpoint.name, source.spec.title)
    classes = reader.checkpoint.space.keys
    return Predictions.from_arrays(
        source=source.spec.name,
        lab=list(rows["lab"]),
        split=list(rows["split"]),
        keys=list(rows["key"]),
        labels=list(rows["label"]),
        classes=classes,
        probabilities=np.array([[reading.probabilities[key] for key in classes] for reading in readings]),
        distance=np.array([reading.distance for reading in readings]),
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
