"""The cells that a generator learns from: framed pictures, their conditions, and their order in an epoch."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from core.datasets import Source, cached_pixels
from core.datasets.laboratories import learnable
from core.models.symmetries import positions
from core.progress import Progress
from core.synthetic.generator.conditions import Condition, condition_numbers, conditions_of
from core.synthetic.generator.recipe import GeneratorRecipe

SYMMETRIES = 8


class Pixels(Protocol):
    """(N, S, S, 3) uint8, often memory-mapped; read by rows."""

    def __getitem__(self, rows: np.ndarray) -> np.ndarray: ...


@dataclass(frozen=True)
class Cells:
    """Pictures of one split and the numbers of their conditions, (N,) int64. rows: where they are in `pixels`."""

    pixels: Pixels
    rows: np.ndarray
    conditions: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)

    def pictures(self, chosen: np.ndarray) -> np.ndarray:
        """(n, S, S, 3) uint8."""
        return np.asarray(self.pixels[self.rows[chosen]])


@dataclass(frozen=True)
class GeneratorData:
    """What a generator learns from and is judged on while it learns.

    conditions: those among the training cells. classes: how many the source has. `key` changes with any image or split.
    """

    train: Cells
    val: Cells
    conditions: tuple[Condition, ...]
    classes: int
    key: str


def load_cells(recipe: GeneratorRecipe, source: Source, progress: Progress | None = None) -> GeneratorData:
    """Decode (once; cached) a source's cells; the test split is left alone.

    SourceError where the source may only be measured on.
    """
    source = learnable(source)
    conditions = conditions_of(source)
    pixels = cached_pixels(source, recipe.input_size, progress=progress)
    key = hashlib.sha256(f"{source.split_hash()} {recipe.input_size}".encode()).hexdigest()
    train, val = (_split(source, pixels, split, conditions) for split in ("train", "val"))
    return GeneratorData(train, val, conditions, len(source.label_space), key)


def _split(source: Source, pixels: np.ndarray, split: str, conditions: tuple[Condition, ...]) -> Cells:
    rows = np.flatnonzero((source.index["split"] == split).to_numpy())
    return Cells(pixels, rows, condition_numbers(source, split, conditions))


def signed(pictures: np.ndarray) -> Tensor:
    """(N, S, S, 3) uint8 -> (N, 3, S, S) float32 in -1..1."""
    pixels = torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2)
    return (pixels.float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)


def as_pixels(pictures: Tensor) -> np.ndarray:
    """The inverse of `signed`; what lies beyond -1..1 is cut off."""
    pixels = ((pictures.float() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
    return pixels.permute(0, 2, 3, 1).contiguous().numpy()


def randomly_turned(batch: Tensor) -> Tensor:
    """Each picture (N, C, S, S) in one of its eight symmetric positions, drawn at random."""
    chosen = torch.randint(SYMMETRIES, (len(batch),))
    views = torch.stack(positions(batch, SYMMETRIES))
    return views[chosen, torch.arange(len(batch))].contiguous(memory_format=torch.channels_last)


def epoch_rows(conditions: np.ndarray, size: int, evening: float, seed: int, epoch: int) -> Iterator[np.ndarray]:
    """Row numbers of each batch of an epoch, the same for the same seed whatever came before.

    evening: 0 takes every cell once; above it cells are drawn, a condition the rarer the more often than it occurs.
    An incomplete last batch is left out, unless it is the only one.
    """
    generator = torch.Generator().manual_seed(seed * 100_003 + epoch)
    if evening:
        counts = np.bincount(conditions)[conditions]
        weights = torch.from_numpy(counts.astype(np.float64) ** -evening)
        order = torch.multinomial(weights, len(conditions), replacement=True, generator=generator).numpy()
    else:
        order = torch.randperm(len(conditions), generator=generator).numpy()
    size = min(size, len(order))
    for first in range(0, len(order) - size + 1, size):
        yield order[first : first + size]


def batches_an_epoch(cells: int, size: int) -> int:
    return max(1, cells // min(size, cells))
