"""How often something is said of the quality of photos that were made worse on purpose: validation cells.

No model answers: the cell is found, cut as the model would get it, and measured.
"""

from collections import Counter
from typing import Any

import numpy as np
from PIL import Image

from core.datasets import Source, find_source
from core.errors import CheckpointError
from core.evaluation.intervals import wilson
from core.experiments.benchmarks import BENCHMARKS, Benchmark, Order, Rows
from core.experiments.benchmarks.robustness import chosen
from core.imaging.corruptions import CORRUPTIONS, SEVERITIES, corrupted
from core.imaging.decoding import Photo
from core.imaging.quality import MEASURES, PhotoQuality, judge_quality
from core.inference.reader import Reader
from core.inference.selection import choose
from core.progress import Progress, silent

SPLIT = "val"
AS_IT_IS, SMALLER = "as it is", "smaller"
SHARES = (0.7, 0.5, 0.35, 0.25, 0.18)
"""Of its width and height that are left of a photo made smaller, by severity."""

CHUNK = 32


def measure(reader: Reader, source: Source, most: int, progress: Progress = silent) -> list[dict[str, Any]]:
    """A row a kind of damage and severity: of how many photos something is said, and what.

    CheckpointError where nobody measured how the training cells look.
    """
    if not reader.quality_ranges:
        name = reader.checkpoint.card.trained.source
        raise CheckpointError(
            f"How training cells of {name} look is not known; `python -m core data quality {name} --keep` measures it."
        )
    photos = [Photo(key, source.load(key)) for key in chosen(source, SPLIT, most)]
    damages = [(AS_IT_IS, 0)] + [(name, step) for name in (*CORRUPTIONS, SMALLER) for step in SEVERITIES]
    rows: list[dict[str, Any]] = []
    for name, severity in damages:
        found: list[PhotoQuality] = []
        for first in range(0, len(photos), CHUNK):
            found += _judged(reader, [_worse(photo, name, severity) for photo in photos[first : first + CHUNK]])
            progress(len(rows) * len(photos) + len(found), len(damages) * len(photos))
        rows.append(_row(name, severity, found))
    return rows


def _worse(photo: Photo, name: str, severity: int) -> Photo:
    if not severity:
        return photo
    if name != SMALLER:
        return Photo(photo.name, corrupted(photo.pixels, name, severity, photo.name))
    height, width = (round(SHARES[severity - 1] * side) for side in photo.pixels.shape[:2])
    return Photo(photo.name, np.asarray(Image.fromarray(photo.pixels).resize((width, height), Image.Resampling.BOX)))


def _judged(reader: Reader, photos: list[Photo]) -> list[PhotoQuality]:
    boxes = [framing.box for framing in reader.frame(photos)]
    found = (
        judge_quality(reader.quality_ranges, reader.crop(*pair), pair[1].width)
        for pair in zip(photos, boxes, strict=True)
    )
    return [quality for quality in found if quality is not None]


def _row(name: str, severity: int, found: list[PhotoQuality]) -> dict[str, Any]:
    rate = wilson(sum(bool(one.outside) for one in found), len(found))
    counts = Counter(measure for one in found for measure in one.outside)
    shares = {measure: round(counts[measure] / len(found), 3) for measure in (*MEASURES, "enlarged")}
    figures = {"remarked": rate.value, "low": rate.low, "high": rate.high}
    return {
        "damage": name,
        "severity": severity,
        "cells": len(found),
        **{key: round(value, 3) for key, value in figures.items()},
        **shares,
    }


def _run(order: Order) -> Rows:
    """What is said of validation cells' photos that were made worse."""
    checkpoint = choose(order.model)
    source = find_source(checkpoint.card.trained.source)
    with order.bar(f"{checkpoint.name}, quality of photos made worse") as progress:
        return measure(Reader(checkpoint), source, order.limit, progress)


BENCHMARKS.add(Benchmark("quality", 6, "what is said of photos made worse", _run))
