"""Several sources learned from at once: their pictures one after another, each source drawn as often as the others."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.datasets import Source, cached_pixels
from core.datasets.laboratories import learnable
from core.datasets.statistics import stable_shuffle
from core.errors import RecipeError
from core.labels import LabelSpace, mapping
from core.progress import Progress
from core.training.data import Images, TrainingData
from core.training.recipe import Recipe

MOST_VALIDATION = 300
"""Validation pictures of one source that choose the best epoch: more, and the largest source alone would choose."""


@dataclass(frozen=True)
class MixedImages(Images):
    """Pictures of several sources. labs: (N,) the number of each one's source."""

    labs: np.ndarray

    def sampling_weights(self, balance: str, classes: int) -> np.ndarray | None:
        """By lab: each source as likely as the others, in it each class by the root of its count, which brings rare
        classes up without showing the same few cells over and over."""
        return lab_weights(self.labs, self.labels) if balance == "lab" else super().sampling_weights(balance, classes)


class PixelParts:
    """Pictures that lie in several arrays, read only when asked for, in the order of the arrays."""

    def __init__(self, arrays: Sequence[np.ndarray], rows: Sequence[np.ndarray]) -> None:
        self._arrays = arrays
        self._part = np.repeat(np.arange(len(rows)), [len(part_rows) for part_rows in rows])
        self._row = np.concatenate(rows)

    def __getitem__(self, places: np.ndarray) -> np.ndarray:
        """(n,) places -> (n, S, S, 3) uint8."""
        pixels = np.empty((len(places), *self._arrays[0].shape[1:]), np.uint8)
        for part in np.unique(self._part[places]):
            inside = self._part[places] == part
            pixels[inside] = self._arrays[part][self._row[places[inside]]]
        return pixels


def load_mixed(
    recipe: Recipe,
    sources: Sequence[Source],
    space: LabelSpace,
    progress: Progress | None = None,
) -> TrainingData:
    """Training and validation pictures of all the recipe's sources at its input size.

    sources: those that are learned from, framed as they will be read. space: the classes to tell apart, which may be
    more than the sources show. Doubted labels are left out. RecipeError where a source has a class that is none of
    them; SourceError where one may only be measured on.
    """
    pixels: list[np.ndarray] = []
    rows: dict[str, list[np.ndarray]] = {"train": [], "val": []}
    labels: dict[str, list[np.ndarray]] = {"train": [], "val": []}
    lines = [f"{recipe.input_size} {recipe.most_others}"]
    for source in map(learnable, sources):
        mapped = mapping(source.label_space, space)
        unmapped = sorted(key for key in set(source.index["label"]) if mapped[key] is None)
        if unmapped:
            raise RecipeError(f"{source.spec.title} has classes that are none of {space.title}: {', '.join(unmapped)}.")
        pixels.append(cached_pixels(source, recipe.input_size, progress=progress))
        numbers = np.array([space.index(str(mapped[label])) for label in source.index["label"]], dtype=np.int64)
        limit = recipe.most_others if source.spec.name != recipe.source else 0
        limits = {"train": limit - limit // 4 or None, "val": limit // 4 or MOST_VALIDATION}
        for split in rows:
            chosen = rows_of_split(source, split, limits[split])
            rows[split].append(chosen)
            labels[split].append(numbers[chosen])
        lines.append(f"{source.spec.name} {source.split_hash()} {framing_hash(source)}")
    key = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    train, val = (_mixed(pixels, rows[split], labels[split]) for split in ("train", "val"))
    return TrainingData(train, val, space, key)


def rows_of_split(source: Source, split: str, limit: int | None) -> np.ndarray:
    """Row numbers of a split in the source's index, at most so many, chosen by a hash of their names."""
    candidates = np.flatnonzero((source.index["split"] == split).to_numpy())
    keys = [str(key) for key in source.index["key"].iloc[candidates]]
    chosen = set(stable_shuffle(keys)[:limit])
    return candidates[[key in chosen for key in keys]]


def framing_hash(source: Source) -> str:
    """sha256 of how a source frames its cells."""
    boxes = [repr(source.frame(key, 360, 363).as_tuple()) for key in source.keys()]  # noqa: SIM118
    return hashlib.sha256(" ".join(boxes).encode()).hexdigest()


def lab_weights(labs: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """(N,) float64, adding up to 1: each lab the same share, in it each class by the root of its count."""
    weights = np.zeros(len(labs))
    for lab in np.unique(labs):
        of_lab = labs == lab
        counts = np.bincount(labels[of_lab])
        class_weights = np.divide(np.sqrt(counts), counts, out=np.zeros(len(counts)), where=counts > 0)
        weights[of_lab] = class_weights[labels[of_lab]] / np.sqrt(counts).sum()
    normalised: np.ndarray = weights / weights.sum()
    return normalised


def _mixed(pixels: Sequence[np.ndarray], rows: Sequence[np.ndarray], labels: Sequence[np.ndarray]) -> MixedImages:
    labs = np.repeat(np.arange(len(rows)), [len(part_rows) for part_rows in rows])
    return MixedImages(PixelParts(pixels, rows), np.concatenate(labels), labs)  # type: ignore[arg-type]
