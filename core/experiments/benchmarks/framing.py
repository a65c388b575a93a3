"""A ladder of framings: how many whole originals are read right as the picture around the cell grows.

Each rung cuts a square of .4 to 1.6 times the trained window from PBC originals of its test split, shrinks
or enlarges it to one size, so that nothing but the picture tells the scale, and reads it twice: as it is
found by the localizer, and taken whole as a plain program would.
"""

from typing import Any

import numpy as np

from core.errors import SourceError
from core.evaluation.intervals import wilson
from core.experiments.benchmarks import BENCHMARKS, Benchmark
from core.imaging.decoding import Photo, open_photo
from core.imaging.windows import WINDOW, Box, centre_window, cut, whole
from core.inference.reader import Reader
from core.inference.selection import choose
from core.settings import data_subfolder

RUNGS = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6)
SIDE = 256


def originals() -> list[tuple[str, np.ndarray]]:
    """Class key and pixels of each whole original; SourceError where the folder is not at hand."""
    folder = data_subfolder("pbc-originals")
    files = sorted(folder.glob("*/*.jpg")) if folder else []
    if not files:
        raise SourceError("The whole originals are looked for in pbc-originals in the folder SMEARLENS_DATA.")
    return [(file.parent.name, open_photo(file.read_bytes(), file.name).pixels) for file in files]


def measure(model: str) -> list[dict[str, Any]]:
    """A row a rung, and one for the originals as they are."""
    reader = Reader(choose(model))
    pictures = originals()
    labels = [label for label, _ in pictures]
    rows = [_row(reader, "whole original", labels, [Photo(label, pixels) for label, pixels in pictures])]
    for rung in RUNGS:
        photos = [Photo(label, cut(pixels, _window(pixels, rung), SIDE)) for label, pixels in pictures]
        rows.append(_row(reader, f"{rung:.1f} × the window", labels, photos))
    return rows


def _window(pixels: np.ndarray, rung: float) -> Box:
    height, width = pixels.shape[:2]
    return centre_window(width, height, round(rung * WINDOW))


def _row(reader: Reader, picture: str, labels: list[str], photos: list[Photo]) -> dict[str, Any]:
    found = reader.read(photos)
    uncorrected = reader.read(photos, [whole(*photo.pixels.shape[1::-1]) for photo in photos])
    right = sum(reading.label == label for reading, label in zip(found, labels, strict=True))
    rate = wilson(right, len(labels))
    return {
        "checkpoint": reader.checkpoint.name,
        "picture": picture,
        "n": len(labels),
        "accuracy": round(rate.value, 3),
        "low": round(rate.low, 3),
        "high": round(rate.high, 3),
        "taken whole": round(
            float(np.mean([r.label == label for r, label in zip(uncorrected, labels, strict=True)])), 3
        ),
        "found": sum(reading.framed == "found" for reading in found),
        "unlike": sum(reading.verdict == "unlike" for reading in found),
        "answered wrongly": sum(
            reading.verdict == "answer" and reading.label != label for reading, label in zip(found, labels, strict=True)
        ),
    }


BENCHMARKS.add(
    Benchmark("framing", 1, "accuracy as the crop grows tighter and looser", lambda order: measure(order.model))
)
