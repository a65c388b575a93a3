"""Commands on photos."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from core.checkpoints import choose
from core.errors import ImageError
from core.explain.cam import methods_for
from core.explain.overlay import describe, overlay
from core.images import Photo
from core.intake import Unreadable, iter_photos
from core.reader import BATCH, Reader, Reading


def predictions(paths: Sequence[str], model: str) -> Iterator[dict[str, Any]]:
    """One object a cell, or one with `error` for a file that could not be read; in the order of the files."""
    reader = Reader(choose(model))
    items = iter_photos(paths)
    while group := list(islice(items, BATCH)):
        photos = [item for item in group if isinstance(item, Photo)]
        readings = iter(reader.read(photos))
        for item in group:
            yield _refused(item) if isinstance(item, Unreadable) else row(next(readings))


def _refused(item: Unreadable) -> dict[str, Any]:
    return {"file": item.name, "error": item.reason}


def row(reading: Reading) -> dict[str, Any]:
    """A reading as plain data; box = left, top, right, bottom in pixels of the photo."""
    return {
        "file": reading.photo,
        "cell": reading.cell,
        "box": [round(edge, 1) for edge in reading.box.as_tuple()],
        "framed": reading.framed,
        "class": reading.label,
        "probabilities": reading.probabilities,
        "distance": reading.distance,
        "verdict": reading.verdict,
        "checkpoint": reading.checkpoint,
        "sha256": reading.sha256,
    }


def explanation(path: Path, out: Path, model: str, method: str, target: str, opacity: float) -> str:
    """Write a PNG of what was read beside its overlay; a sentence on what it shows."""
    item = next(iter_photos([str(path)]))
    if isinstance(item, Unreadable):
        raise ImageError(item.reason)
    reader = Reader(choose(model))
    (reading,) = reader.read([item])
    chosen = method or methods_for(reader.checkpoint.spec)[0].name
    shown = reader.explain(item, reading.box, chosen, target or reading.label)
    pair = np.concatenate([shown.crop, overlay(shown.crop, shown.map.values, opacity)], axis=1)
    side = max(1, 400 // reader.checkpoint.preprocessing.size)
    Image.fromarray(pair).resize((pair.shape[1] * side, pair.shape[0] * side), Image.Resampling.NEAREST).save(out)
    return f"{shown.map.method} for {shown.target}. {describe(shown.map, reading.box.width)}"
