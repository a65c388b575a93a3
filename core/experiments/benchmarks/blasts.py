"""What the warning of blasts is worth: how many blasts it is given of, and how many mature cells.

RV-PBS has blasts, which no class of any model here is; of its mature cells and Raabin's it should not be given.
"""

from typing import Any

import numpy as np

from core.datasets import Source, find_source
from core.datasets.sources.rv_pbs import blasts
from core.evaluation.intervals import wilson
from core.experiments.benchmarks import BENCHMARKS, Benchmark
from core.imaging.decoding import Photo
from core.inference.reader import Reader
from core.inference.selection import choose
from core.labels import WBC5
from core.morphology.head import has_head, read_head
from core.morphology.immaturity import blast_warning

MOST = {"blast": 60, "raabin": 130, "rv_pbs": 60}
"""Cells that are read of each, at most, in an order that looks random and is the same each time."""


def measure(model: str) -> list[dict[str, Any]]:
    """A row for blasts and for the mature cells of each source: cells, those in doubt, and those that are warned of."""
    reader, rng = Reader(choose(model)), np.random.default_rng(0)
    strange, other = find_source("rv_pbs"), find_source("raabin")
    return [
        row_of(reader, "blast", _photos(blasts(strange), "blast", rng)),
        row_of(reader, "mature", _photos(other, "raabin", rng, split="test")),
        row_of(reader, "mature", _photos(strange, "rv_pbs", rng)),
    ]


def _photos(source: Source, what: str, rng: np.random.Generator, split: str = "") -> list[Photo]:
    index = source.index
    if what != "blast":
        index = index[index["label"].isin(WBC5.keys)]
    if split:
        index = index[index["split"] == split]
    keys = [str(key) for key in index["key"]]
    return [Photo(keys[place], source.load(keys[place])) for place in rng.permutation(len(keys))[: MOST[what]]]


def row_of(reader: Reader, cells: str, photos: list[Photo]) -> dict[str, Any]:
    readings = reader.read(photos)
    attributes: list[Any] = [None] * len(photos)
    if has_head(reader.checkpoint):
        features = reader.staged_features(photos, [reading.box for reading in readings])
        attributes = list(read_head(reader.checkpoint).probabilities(features))
    warned = 0
    for reading, probabilities in zip(readings, attributes, strict=True):
        first, second = (key for key, _ in reading.probabilities.ranked()[:2])
        warned += blast_warning(reading.verdict, (first, second), probabilities) is not None
    rate = wilson(warned, len(photos))
    return {
        "checkpoint": reader.checkpoint.name,
        "sha256": reader.checkpoint.card.sha256,
        "cells": cells,
        "n": len(photos),
        "in doubt": sum(reading.verdict != "answer" for reading in readings),
        "warned": warned,
        "value": round(rate.value, 3),
        "low": round(rate.low, 3),
        "high": round(rate.high, 3),
    }


BENCHMARKS.add(
    Benchmark("blasts", 9, "how often blasts, and mature cells, are warned of", lambda order: measure(order.model))
)
