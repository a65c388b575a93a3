"""The images of a recipe as arrays in memory order, and the order in which an epoch takes them."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.datasets import Source, cached_pixels
from core.datasets.laboratories import learnable
from core.labels import LabelSpace
from core.progress import Progress
from core.training.recipe import Recipe


@dataclass(frozen=True)
class Images:
    """Framed pictures and their class numbers: (N, S, S, 3) uint8, often memory-mapped, and (N,) int64."""

    pixels: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def batch(self, rows: np.ndarray, epoch: int = 1) -> tuple[Tensor, Tensor]:
        """(N, 3, S, S) uint8 and targets (N,) int64 for those rows; the same in every epoch."""
        pixels = torch.from_numpy(np.ascontiguousarray(self.pixels[rows]))
        return pixels.permute(0, 3, 1, 2).contiguous(), torch.from_numpy(self.labels[rows])

    def sampling_weights(self, balance: str, classes: int) -> np.ndarray | None:
        """(N,) float64: how likely each picture is to be drawn for an epoch; None where each is taken once."""
        return class_weights(self.labels, classes)[self.labels] if balance == "sampler" else None


@dataclass(frozen=True)
class TrainingData:
    """What one run learns from and is chosen on. `key` changes with any image, label or split."""

    train: Images
    val: Images
    space: LabelSpace
    key: str


def load_data(recipe: Recipe, source: Source, progress: Progress | None = None) -> TrainingData:
    """Decode (once; cached) and split a source's images at the recipe's input size, without doubted labels.

    SourceError where the source may only be measured on.
    """
    source = learnable(source)
    space = source.label_space
    pixels = cached_pixels(source, recipe.input_size, progress=progress)
    key = hashlib.sha256(f"{source.split_hash()} {recipe.input_size}".encode()).hexdigest()
    return TrainingData(images_of(source, pixels, "train"), images_of(source, pixels, "val"), space, key)


def images_of(source: Source, pixels: np.ndarray, split: str) -> Images:
    """The images of one split among `pixels` (N, S, S, 3), which are in the order of the source's index."""
    space = source.label_space
    rows = np.flatnonzero((source.index["split"] == split).to_numpy())
    labels = np.array([space.index(label) for label in source.index["label"].iloc[rows]], dtype=np.int64)
    return Images(Rows(pixels, rows), labels)  # type: ignore[arg-type]


class Rows:
    """Some rows of a memory-mapped array, some perhaps several times, read only when asked for."""

    def __init__(self, pixels: np.ndarray, rows: np.ndarray) -> None:
        self._pixels, self._rows = pixels, rows

    def __getitem__(self, places: np.ndarray) -> np.ndarray:
        return self._pixels[self._rows[places]]


def epoch_batches(
    images: Images, recipe: Recipe, epoch: int, classes: int, *, rank: int = 0, world: int = 1
) -> Iterator[np.ndarray]:
    """Row numbers of each training batch of an epoch; the same for the same seed, whatever came before.

    Every process of a distributed run takes each `world`-th row. An incomplete last batch is left out,
    unless it is the only one.
    """
    generator = torch.Generator().manual_seed(recipe.seed * 100_003 + epoch)
    weights = images.sampling_weights(recipe.balance, classes)
    count = recipe.epoch_images or len(images)
    if weights is not None:
        order = torch.multinomial(torch.from_numpy(weights), count, replacement=True, generator=generator).numpy()
    else:
        order = torch.randperm(len(images), generator=generator).numpy()[:count]
    shard = order[rank::world][: len(order) // world]
    size = min(recipe.batch_size, len(shard))
    for first in range(0, len(shard) - size + 1, size):
        yield shard[first : first + size]


def steps_per_epoch(images: Images, recipe: Recipe, world: int = 1) -> int:
    image_count = recipe.epoch_images if recipe.balance in ("sampler", "lab") else min(recipe.epoch_images, len(images))
    share = (image_count or len(images)) // world
    return max(1, share // min(recipe.batch_size, share))


def class_weights(labels: np.ndarray, classes: int) -> np.ndarray:
    """(classes,) float64, inverse to the class's count, mean 1 over the images; 0 for an absent class."""
    counts = np.bincount(labels, minlength=classes)
    weights = np.divide(len(labels), classes * counts, out=np.zeros(classes), where=counts > 0)
    return weights


class EpochOrder:
    """An order of so many rows for each epoch, drawn when the epoch is first asked for and kept over a stop.

    generator: of the random numbers; torch's own, which other draws use too, where it is None.
    """

    def __init__(self, count: int, generator: torch.Generator | None = None) -> None:
        self._epoch, self._rows, self._generator = 0, torch.arange(count), generator

    def rows(self, epoch: int) -> Tensor:
        """(N,) int64."""
        if epoch != self._epoch:
            self._epoch, self._rows = epoch, torch.randperm(len(self._rows), generator=self._generator)
        return self._rows

    def state_dict(self) -> dict[str, Any]:
        own = {} if self._generator is None else {"generator": self._generator.get_state()}
        return {"epoch": self._epoch, "rows": self._rows} | own

    def load_state_dict(self, state_dict: dict[str, Any], /) -> None:
        self._epoch, self._rows = state_dict["epoch"], state_dict["rows"]
        if self._generator is not None:
            self._generator.set_state(state_dict["generator"])
