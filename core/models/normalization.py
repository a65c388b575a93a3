"""From pixels to what a network was trained on: the one place where they are scaled."""

from collections.abc import Sequence

import torch
from torch import Tensor

Triple = tuple[float, float, float]
"""One number for each of red, green and blue."""


def scaled(pixels: Tensor, mean: Sequence[float], std: Sequence[float]) -> Tensor:
    """(N, 3, S, S) uint8 -> float32, each channel (value / 255 - mean) / std, on the same device.

    mean, std: of red, green and blue, for pixels in 0..1.
    """
    centre, spread = (torch.tensor(value, device=pixels.device).view(1, 3, 1, 1) for value in (mean, std))
    return (pixels.float() / 255 - centre) / spread
