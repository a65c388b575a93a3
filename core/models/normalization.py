"""From pixels to what a network was trained on: the one place where they are scaled."""

import torch
from torch import Tensor

Triple = tuple[float, float, float]
"""One number for each of red, green and blue."""


def scaled(pixels: Tensor, mean: Triple, std: Triple) -> Tensor:
    """(N, 3, S, S) uint8 -> float32, each channel (value / 255 - mean) / std, on the same device."""
    centre, spread = (torch.tensor(value, device=pixels.device).view(1, 3, 1, 1) for value in (mean, std))
    return (pixels.float() / 255 - centre) / spread
