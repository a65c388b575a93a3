"""A checkpoint on a data set: every image through the reader, none that the model may have learned from."""

from collections.abc import Callable, Sequence

import numpy as np

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
    own = reader.checkpoint.card.trained.split_hash == source.split_hash()
    rows = source.index[source.index["split"].isin(splits)]
    readings: list[Reading] = []
    prints: list[np.ndarray] = []
    for first in range(0, len(rows), CHUNK):
        keys = [str(key) for key in rows["key"][first : first + CHUNK]]
        photos = [Photo(key, source.load(key)) for key in keys]
        read = reader.read(photos, [_known_box(source, photo) for photo in photos])
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
    )


def _check_classes(reader: Reader, source: Source) -> None:
    strange = set(source.label_space.keys) - set(reader.checkpoint.space.keys)
    if strange:
        raise SourceError(
            f"{source.spec.title} has classes that {reader.checkpoint.name} does not know: "
            f"{', '.join(sorted(strange))}."
        )


def _known_box(source: Source, photo: Photo) -> Box | None:
    """The cell's window where the source marks it in a larger field; crops are framed like any photo."""
    if not source.spec.fields:
        return None
    height, width = photo.pixels.shape[:2]
    return source.frame(photo.name, width, height)
