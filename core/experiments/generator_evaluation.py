"""Is the generator any good, and does it copy? Always beside the same figure for real cells."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from core.datasets import Source, cached_pixels
from core.evaluation.feature_distances import (
    PrecisionRecall,
    frechet_distance,
    kernel_distance,
    kernel_distance_spread,
    precision_recall,
)
from core.evaluation.intervals import Rate, wilson
from core.imaging.decoding import Photo
from core.inference.cell_maker import CellMaker
from core.inference.reader import Reader
from core.progress import Progress, silent
from core.synthetic.generator.conditions import condition_numbers
from core.synthetic.generator.copies import FeatureNet, NearestCells, eight_views, nearest_points
from core.training.augment import resized

SIDE = 32
"""To which pictures are reduced before their pixels are compared."""

PAIRS = 8
CHUNK = 64


@dataclass(frozen=True)
class Likeness:
    """How far a set of pictures is from one half of the real ones; kernel_sd: over subsets of up to 500."""

    frechet: float
    kernel: float
    kernel_sd: float
    coverage: PrecisionRecall

    def to_dict(self) -> dict[str, Any]:
        return {
            "frechet": self.frechet,
            "kernel": self.kernel,
            "kernel_sd": self.kernel_sd,
            **self.coverage.to_dict(),
        }


@dataclass(frozen=True)
class Closeness:
    """Distances (N,) of pictures to the nearest training cell, and that cell's row among the training cells.

    bits and features as in core.synthetic.generator.copies; pixels: root mean square difference, of 1, at 32 x 32.
    """

    bits: np.ndarray
    features: np.ndarray
    features_row: np.ndarray
    pixels: np.ndarray
    pixels_row: np.ndarray
    copied: np.ndarray

    def to_dict(self) -> dict[str, Any]:
        summary: dict[str, Any] = {"nearer_than_any_real_pair": int(self.copied.sum()), "n": len(self.copied)}
        for name in ("bits", "features", "pixels"):
            values = getattr(self, name)
            low, middle = np.quantile(values, [0.01, 0.5])
            summary[name] = {"least": float(values.min()), "percentile_1": float(low), "median": float(middle)}
        return summary


@dataclass(frozen=True)
class Judgement:
    """Made cells against one half of the real ones, and the other half of the real ones against the same.

    right: share that the reader calls by the class asked for, per class and over all. The pictures are kept for
    looking at: made and real (N, S, S, 3); conditions: (N,) of both. nearest_made, nearest_real: to the training cells.
    """

    generator: str
    features: str
    reader: str
    split: str
    guidance: float
    made_likeness: Likeness
    real_likeness: Likeness
    right_made: dict[str, Rate]
    right_real: dict[str, Rate]
    nearest_made: Closeness
    nearest_real: Closeness
    made: np.ndarray
    real: np.ndarray
    conditions: np.ndarray

    def to_dict(self) -> dict[str, Any]:
        return {
            "generator": self.generator,
            "features": self.features,
            "reader": self.reader,
            "split": self.split,
            "guidance": self.guidance,
            "n": len(self.made),
            "likeness": {"generated": self.made_likeness.to_dict(), "real": self.real_likeness.to_dict()},
            "read_as_asked": {"generated": _rates(self.right_made), "real": _rates(self.right_real)},
            "nearest_training_cell": {
                "generated": self.nearest_made.to_dict(),
                "real": self.nearest_real.to_dict(),
            },
        }


ALL = "all"


def _rates(rates: dict[str, Rate]) -> dict[str, Any]:
    return {name: {"value": r.value, "low": r.low, "high": r.high, "n": r.n} for name, r in rates.items()}


def judge(
    maker: CellMaker,
    source: Source,
    features: FeatureNet,
    reader: Reader,
    *,
    split: str = "test",
    most: int = 0,
    seed: int = 0,
    progress: Progress = silent,
) -> Judgement:
    """Draw as many cells, of the same conditions, as half of a split has, copies and all, and compare.

    most: of how many cells at most each half is; 0 for all. Needs the generator's source at hand.
    """
    size = maker.net.recipe.input_size
    pixels = cached_pixels(source, size)
    rows = np.flatnonzero((source.index["split"] == split).to_numpy())
    numbers = condition_numbers(source, split, maker.conditions)
    order = np.random.default_rng(seed).permutation(len(rows))
    half = min(len(rows) // 2, most or len(rows))
    first, second = order[:half], order[half : 2 * half]
    conditions = numbers[first]
    made = _drawn(maker, conditions, seed, progress)
    real, others = np.asarray(pixels[rows[first]]), np.asarray(pixels[rows[second]])
    train = pixels[np.flatnonzero((source.index["split"] == "train").to_numpy())]
    known = small(np.asarray(train))
    of_made, of_real, of_others = (features.features(pictures) for pictures in (made, real, others))
    return Judgement(
        generator=maker.checkpoint.card.sha256,
        features=features.name,
        reader=reader.checkpoint.name,
        split=split,
        guidance=maker.net.recipe.flow.guidance if maker.guidance is None else maker.guidance,
        made_likeness=_likeness(of_made, of_others),
        real_likeness=_likeness(of_real, of_others),
        right_made=_right(reader, made, conditions, maker),
        right_real=_right(reader, real, conditions, maker),
        nearest_made=_closeness(maker, made, known),
        nearest_real=_closeness(maker, real, known),
        made=made,
        real=real,
        conditions=conditions,
    )


def _drawn(maker: CellMaker, conditions: np.ndarray, seed: int, progress: Progress) -> np.ndarray:
    found = []
    for first in range(0, len(conditions), CHUNK):
        found.append(maker.draw([int(condition) for condition in conditions[first : first + CHUNK]], seed, first))
        progress(min(first + CHUNK, len(conditions)), len(conditions))
    return np.concatenate(found)


def _likeness(made: np.ndarray, real: np.ndarray) -> Likeness:
    return Likeness(
        frechet_distance(made, real),
        kernel_distance(made, real),
        kernel_distance_spread(made, real),
        precision_recall(real, made),
    )


def _right(reader: Reader, pictures: np.ndarray, conditions: np.ndarray, maker: CellMaker) -> dict[str, Rate]:
    """Share read as the class of the condition, over all and per class."""
    requested = np.array([maker.conditions[condition].cell for condition in conditions])
    photos = [Photo(str(number), pixels) for number, pixels in enumerate(pictures)]
    right = np.array([reading.label for reading in reader.read(photos)]) == requested
    rates = {ALL: wilson(int(right.sum()), len(right))}
    for cell in dict.fromkeys(condition.cell for condition in maker.conditions):
        mine = right[requested == cell]
        if len(mine):
            rates[cell] = wilson(int(mine.sum()), len(mine))
    return rates


def small(pictures: np.ndarray) -> np.ndarray:
    """(N, S, S, 3) uint8 -> (N, 32 * 32 * 3) float32 in 0..1."""
    found = []
    for first in range(0, len(pictures), 512):
        part = torch.from_numpy(np.ascontiguousarray(pictures[first : first + 512])).permute(0, 3, 1, 2)
        found.append((resized(part, SIDE).float() / 255).flatten(1).numpy())
    return np.concatenate(found)


def nearest_pixels(pictures: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Root mean square difference to the nearest of `known` (as `small` gives them) in any of eight positions, (N,),
    and its row.
    """
    found = [nearest_points(known, small(view)) for view in eight_views(pictures)]
    distance, row = (np.stack(values) for values in zip(*found, strict=True))
    best, here = distance.argmin(0), np.arange(len(pictures))
    return distance[best, here] / np.sqrt(known.shape[1]), row[best, here]


def _closeness(maker: CellMaker, pictures: np.ndarray, known: np.ndarray) -> Closeness:
    near: NearestCells = maker.copies.nearest(pictures, maker.features)
    pixels, row = nearest_pixels(pictures, known)
    return Closeness(near.bits, near.features, near.features_row, pixels, row, maker.copies.copied(near))
