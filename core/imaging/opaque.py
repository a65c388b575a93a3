"""Print colours and transparency become the opaque colours of a photo."""

import numpy as np
from PIL import Image, ImageChops

from core.imaging.changes import Change, ChangeKind

EVEN = 2
"""Levels by which the opacity of places may differ in a picture that is as transparent all over."""


def from_cmyk(image: Image.Image) -> Image.Image:
    """A picture in mode CMYK in RGB."""
    # Pillow takes every CMYK JPEG to be inverted; only those with Adobe's mark are.
    if image.format in ("JPEG", "MPO") and "adobe" not in image.info:
        image = ImageChops.invert(image)
    return image.convert("RGB")


def on_white(image: Image.Image) -> tuple[Image.Image, Change | None]:
    """A picture in mode RGBA laid on white."""
    alpha = image.getchannel("A")
    if alpha.getextrema() == (255, 255):
        return image.convert("RGB"), None
    levels = np.asarray(alpha)
    if np.ptp(levels) <= EVEN:  # an export's mistake: nobody makes all of a photo pale, or unseen
        return image.convert("RGB"), Change(ChangeKind.EMPTY_ALPHA)
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=alpha)
    return white, Change(ChangeKind.TRANSPARENT)
