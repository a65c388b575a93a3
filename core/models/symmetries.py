"""A smear has no up: a cell turned or mirrored is the same cell."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor


def positions(batch: Tensor, symmetries: int) -> list[Tensor]:
    """The batch (N, 3, S, S) itself, or with 8 symmetries its quarter turns and those of its mirror image."""
    if symmetries == 1:
        return [batch]
    return [torch.rot90(images, turns, (-2, -1)) for images in (batch, batch.flip(-1)) for turns in range(4)]


def mean_logits(forward: Callable[[Tensor], Tensor], batch: Tensor, symmetries: int) -> Tensor:
    """(N, 3, S, S) -> (N, K): the mean of the logits over the positions."""
    return torch.stack([forward(images) for images in positions(batch, symmetries)]).mean(0)


def turned_back(maps: np.ndarray) -> np.ndarray:
    """(V, N, h, w), a map of each position of N square pictures in the order of `positions` -> the same, upright."""
    upright = [np.rot90(each, -(view % 4), (-2, -1)) for view, each in enumerate(maps)]
    return np.stack([each[..., ::-1] if view >= 4 else each for view, each in enumerate(upright)])
