"""Whether a photo has colours, and whether they are where a stain puts them."""

from enum import StrEnum

import numpy as np

GREY = 6
"""Most levels (of 255) by which the channels of a picture without colour differ at nearly every place."""
NEARLY = 99.0
"""Percentile of places that is nearly every one."""
BLANK = 12
"""Levels between dark and bright under which a picture shows nothing at all."""
LOOK = 250
"""Side in pixels, about, of the grid of places that are looked at."""
GROUND, STAINED = 90.0, 0.08
"""Percentile of a channel that is the empty ground's; optical density in green from which a place is stained."""
FEWEST = 200
"""Stained places from which their colours are judged."""
DARKEST = 0.9
"""Quantile of stained places from which they are the darkest: nuclei, where there are any."""
SMALLEST = 96
"""Shorter side in pixels of a photo in which that is judged: one red cell alone says nothing of nuclei."""
SWAPPED = -0.04
"""Density of red over that of blue, of the darkest places and by density in green, under which both are swapped."""


class ColourFinding(StrEnum):
    """What is wrong with the colours of a photo."""

    NONE = "no colour"
    SWAPPED = "swapped"


def colour_finding(pixels: np.ndarray) -> ColourFinding | None:
    """What is wrong with the colours of a photo (H, W, 3) uint8; None where nothing is.

    Azure, which stains nuclei, takes more red than blue out of the light, and the darker a place is, the more; where it
    is the other way round, red and blue are swapped (optical density, Ruifrok and Johnston 2001).
    """
    if is_grey(pixels):
        return None if np.ptp(np.percentile(_sample(pixels), (1, 99))) < BLANK else ColourFinding.NONE
    if min(pixels.shape[:2]) < SMALLEST:
        return None
    sample = _sample(pixels).reshape(-1, 3).astype(np.float64)
    ground = np.percentile(sample, GROUND, axis=0).clip(1)
    density = -np.log10((sample.clip(1) / ground).clip(0.1, 1))
    green = density[:, 1]
    stained = green > STAINED
    if stained.sum() < FEWEST or np.ptp(green[stained]) == 0:
        return None
    red_over_blue, green = (density[:, 0] - density[:, 2])[stained], green[stained]
    dark = green >= np.quantile(green, DARKEST)
    slope = np.polyfit(green, red_over_blue, 1)[0]
    return ColourFinding.SWAPPED if max(red_over_blue[dark].mean(), slope) <= SWAPPED else None


def is_grey(pixels: np.ndarray) -> bool:
    """Whether a picture (H, W, 3) uint8 has no colour."""
    sample = _sample(pixels).astype(np.int16)
    return bool(np.percentile(sample.max(axis=2) - sample.min(axis=2), NEARLY) <= GREY)


def _sample(pixels: np.ndarray) -> np.ndarray:
    step = max(1, int(np.sqrt(pixels.shape[0] * pixels.shape[1]) / LOOK))
    return pixels[::step, ::step]
