"""The training cells as latent maps, each in its eight symmetric positions, written once and mapped."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from core.models.symmetries import positions
from core.synthetic.generator.autoencoder import REDUCTION, Autoencoder
from core.synthetic.generator.cells import SYMMETRIES, Cells, signed

BATCH = 64


@dataclass(frozen=True)
class Latents:
    """maps: (8, N, C, h, w) float16, position by position; mean, std: (C,) of all of them; conditions: (N,)."""

    maps: np.ndarray
    mean: Tensor
    std: Tensor
    conditions: np.ndarray

    def __len__(self) -> int:
        return len(self.conditions)

    def batch(self, rows: np.ndarray, places: np.ndarray) -> Tensor:
        """(n, C, h, w) float32 with mean 0 and standard deviation 1 in each channel."""
        latents = torch.from_numpy(self.maps[places, rows].astype(np.float32))
        scaled = (latents - self.mean.view(1, -1, 1, 1)) / self.std.view(1, -1, 1, 1)
        return scaled.contiguous(memory_format=torch.channels_last)


@dataclass(frozen=True)
class LatentData:
    """What a flow learns from and is judged on; validation is scaled as training is.

    condition_count: how many conditions there are. `key` changes with any image or split.
    """

    train: Latents
    val: Latents
    condition_count: int
    key: str


Going = Callable[[int, int], bool]
"""Called with (cells done, cells in all); False stops."""


def latents_of(autoencoder: Autoencoder, cells: Cells, path: Path, size: int, going: Going) -> Latents | None:
    """Encode the cells into the file `path`, or map it where it is there, if the same autoencoder wrote it.

    None where it was stopped; it then begins anew the next time.
    """
    side = size // REDUCTION
    shape = (SYMMETRIES, len(cells), autoencoder.channels, side, side)
    if not path.is_file() and not _write(autoencoder, cells, path, shape, going):
        return None
    maps: np.ndarray = np.load(path, mmap_mode="r")
    scale = torch.tensor([_mean_and_deviation(maps[:, :, number]) for number in range(autoencoder.channels)])
    return Latents(maps, scale[:, 0], scale[:, 1].clamp_min(1e-6), cells.conditions)


def _mean_and_deviation(channel: np.ndarray) -> tuple[float, float]:
    """Of one channel, which alone is brought into memory."""
    values = np.asarray(channel, dtype=np.float32)
    return float(values.mean()), float(values.std())


@torch.inference_mode()
def _write(autoencoder: Autoencoder, cells: Cells, path: Path, shape: tuple[int, ...], going: Going) -> bool:
    """Into a file of its own, moved into place when it is whole; returns whether it is."""
    draft = path.with_suffix(".part")
    array = np.lib.format.open_memmap(draft, mode="w+", dtype=np.float16, shape=shape)
    for first in range(0, len(cells), BATCH):
        rows = np.arange(first, min(first + BATCH, len(cells)))
        pictures = signed(cells.pictures(rows))
        for place, view in enumerate(positions(pictures, SYMMETRIES)):
            array[place, rows] = autoencoder.encode(view)[0].half().numpy()
        if not going(len(rows) + first, len(cells)):
            return False
    array.flush()
    del array
    os.replace(draft, path)
    return True
