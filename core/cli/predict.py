"""Commands on photos."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from core.errors import ImageError
from core.explain.overlay import describe, overlay
from core.explain.ranking import ranked_methods
from core.imaging.decoding import Photo
from core.imaging.loading import Unreadable, in_batches, iter_photos
from core.imaging.quality import MEASURES, PhotoQuality
from core.imaging.wording import quality_sentence
from core.inference.reader import BATCH, Reader, Reading
from core.inference.selection import choose
from core.morphology import description
from core.morphology.head import Head, has_head, read_head


def predictions(paths: Sequence[str], model: str) -> Iterator[dict[str, Any]]:
    """One object a cell, or one with `error` for a file that could not be read; in the order of the files."""
    reader = Reader(choose(model))
    told = _in_words(reader)
    for group in in_batches(iter_photos(paths), lambda item: item, most=BATCH):
        photos = [item for item in group if isinstance(item, Photo)]
        readings = reader.read(photos)
        rows = iter([row(reading) | more for reading, more in zip(readings, told(photos, readings), strict=True)])
        for item in group:
            yield _refused(item) if isinstance(item, Unreadable) else next(rows)


Told = Callable[[Sequence[Photo], Sequence[Reading]], list[dict[str, Any]]]


def _in_words(reader: Reader) -> Told:
    """A function to `morphology` of each reading; to nothing where the model has no attribute head."""
    if not has_head(reader.checkpoint):
        return lambda photos, readings: [{} for _ in readings]
    head = read_head(reader.checkpoint)

    def told(photos: Sequence[Photo], readings: Sequence[Reading]) -> list[dict[str, Any]]:
        if not readings:
            return []
        seen = reader.described(photos, [reading.box for reading in readings])
        return [{"morphology": _morphology(head, one, reading)} for one, reading in zip(seen, readings, strict=True)]

    return told


def _morphology(head: Head, features: np.ndarray, reading: Reading) -> dict[str, Any] | None:
    """The attributes of a cell seen from its likeliest class; None where it is unlike, or none are known of the class.

    share: of the class's training cells, how many have that value.
    """
    found = description.describe(head, features, reading.label) if reading.verdict != "unlike" else None
    if found is None:
        return None
    attributes = {
        one.key: {
            "value": one.value,
            "probability": round(one.probability, 4),
            "sure": one.sure,
            "share": round(one.share, 4),
            "against": one.contradicts,
        }
        for one in found.attributes
    }
    return {"class": found.label, "sentence": description.sentence(found), "attributes": attributes}


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
        "probabilities": reading.probabilities.as_dict(),
        "distance": reading.distance,
        "verdict": reading.verdict,
        "sets": reading.sets,
        "quality": _quality(reading.quality) if reading.quality else None,
        "checkpoint": reading.checkpoint,
        "sha256": reading.sha256,
    }


def _quality(quality: PhotoQuality) -> dict[str, Any]:
    """Every measure, and what is outside of what the model knows, by name and in words."""
    measures = {name: getattr(quality, name) for name in (*MEASURES, "enlarged")}
    sentences = [quality_sentence(remark) for remark in quality.remarks]
    return {**measures, "outside": list(quality.outside), "remarks": sentences}


def explanation(path: Path, out: Path, model: str, method: str, target: str, opacity: float) -> str:
    """Write a PNG of what was read beside its overlay; a sentence on what it shows."""
    item = next(iter_photos([str(path)]))
    if isinstance(item, Unreadable):
        raise ImageError(item.reason)
    reader = Reader(choose(model))
    (reading,) = reader.read([item])
    lead = reader.lead.checkpoint
    chosen = method or ranked_methods(lead.spec, lead.name, lead.card.sha256)[0].name
    shown = reader.explain(item, reading.box, chosen, target or reading.label)
    pair = np.concatenate([shown.crop, overlay(shown.crop, shown.map.values, opacity)], axis=1)
    side = max(1, 400 // reader.checkpoint.preprocessing.size)
    Image.fromarray(pair).resize((pair.shape[1] * side, pair.shape[0] * side), Image.Resampling.NEAREST).save(out)
    return f"{shown.map.method} for {shown.target}. {describe(shown.map, reading.box.width)}"
