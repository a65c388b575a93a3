"""Whether a photo has colours, and whether they are where a stain puts them."""

import numpy as np

GREY = 6
"""Most levels (of 255) by which the channels of a picture without colour differ at nearly every place."""
NEARLY = 99.0
"""Percentile of places that is nearly every one."""


def is_grey(pixels: np.ndarray) -> bool:
    """Whether a picture (H, W, 3) uint8 has no colour."""
    step = max(1, int(np.sqrt(pixels.shape[0] * pixels.shape[1] / 250_000)))
    sample = pixels[::step, ::step].astype(np.int16)
    return bool(np.percentile(sample.max(axis=2) - sample.min(axis=2), NEARLY) <= GREY)
