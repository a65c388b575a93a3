"""From pixels to what a network was trained on: the one place where they are scaled."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from core.models.registry import ArchitectureSpec, features

Triple = Sequence[float]
"""One number for each of red, green and blue."""


def scaled(pixels: Tensor, mean: Triple, std: Triple) -> Tensor:
    """(N, 3, S, S) uint8 -> float32, each channel (value / 255 - mean) / std, on the same device."""
    centre, spread = (torch.tensor(value, device=pixels.device).view(1, 3, 1, 1) for value in (mean, std))
    return (pixels.float() / 255 - centre) / spread


@torch.inference_mode()
def penultimate(
    net: nn.Module, spec: ArchitectureSpec, batches: Iterable[Tensor], mean: Triple, std: Triple
) -> Iterator[np.ndarray]:
    """Features before the last layer, (N, F) for each batch of pictures (N, 3, S, S) uint8."""
    net.eval()
    with features(net, spec) as forward:
        for batch in batches:
            yield forward(scaled(batch, mean, std))[0].numpy()
