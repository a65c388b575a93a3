"""The picture without its evidence, which integrated gradients begin from and occlusion covers with."""

from torch import Tensor, nn

COARSE = 4
"""Squares a side that are left of a blurred picture."""


def blurred(images: Tensor) -> Tensor:
    """(N, C, S, S) with nothing left but the colours of 4 x 4 parts, blended."""
    coarse = nn.functional.adaptive_avg_pool2d(images, COARSE)
    return nn.functional.interpolate(coarse, images.shape[2:], mode="bilinear", align_corners=False)
