"""A picture as a phone takes it through an eyepiece: a round bright view on black, darker towards its rim."""

import numpy as np
from numpy.typing import NDArray

GLOW = 6
"""Brightness of what is black in such a photo."""
FALL, RIM = 0.25, 0.012
"""Share of the light that is lost at the rim, and the breadth of the rim's blur over the radius."""


def through_an_eyepiece(
    pixels: NDArray[np.uint8], centre: tuple[float, float] = (0.5, 0.5), share: float = 0.9
) -> NDArray[np.uint8]:
    """The picture (H, W, 3) uint8 with all black but a disc. centre: x and y as shares of the sides.

    share: the disc's diameter over the shorter side.
    """
    height, width = pixels.shape[:2]
    radius = share * min(height, width) / 2
    rows, columns = np.mgrid[:height, :width] + 0.5
    far = np.hypot(columns - centre[0] * width, rows - centre[1] * height) / radius
    light = (1 - FALL * np.clip(far, 0, 1) ** 4) / (1 + np.exp(np.clip((far - 1) / (RIM / 2), -50, 50)))
    lit: NDArray[np.uint8] = np.clip(GLOW + pixels * light[..., None], 0, 255).astype(np.uint8)
    return lit
