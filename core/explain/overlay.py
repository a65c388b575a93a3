"""Maps of evidence drawn over the photograph, their legend, and one sentence about them.

One hue, lime, from fully transparent to opaque, by one rule everywhere: a pixel takes `opacity x value` of
lime and keeps the rest of the photograph, so that the cell stays visible where the map is low.
Lime is chosen by measurement, not taste: laid at 60 % over the colours of a stained smear (background, red
cells, nuclei, granules, platelets) it differs from what is below it by at least 17 CIEDE2000, to normal eyes
and to the three kinds of colour-blindness; green, cyan, blue and magenta all stay under 15 somewhere.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from core.explain.attribution import SaliencyMap

HUE = (170, 255, 0)
"""The one colour of evidence, sRGB."""

LEGEND_GROUND = (110, 110, 110)
"""What the legend is laid over: a grey in place of the photograph, the same in the light and dark theme."""


def overlay(crop: np.ndarray, values: np.ndarray, opacity: float) -> np.ndarray:
    """Lay a map over a crop.

    crop: (S, S, 3) uint8. values: (h, w) in [0, 1], brought to the crop's size bilinearly, centre to centre.
    opacity: 0 (the crop, unchanged) to 1 (only lime where the value is 1).
    Returns (S, S, 3) uint8. ValueError where shapes or ranges are others.
    """
    if crop.ndim != 3 or crop.shape[2] != 3 or crop.dtype != np.uint8:
        raise ValueError(f"crop must be (S, S, 3) uint8, got {crop.shape} {crop.dtype}")
    if values.ndim != 2 or not (values.min() >= 0 and values.max() <= 1):
        raise ValueError(f"values must be (h, w) in [0, 1], got shape {values.shape}")
    if not 0 <= opacity <= 1:
        raise ValueError(f"opacity must be in [0, 1], got {opacity}")
    height, width = crop.shape[:2]
    grid = Image.fromarray(values.astype(np.float32))
    share = np.asarray(grid.resize((width, height), Image.Resampling.BILINEAR)).clip(0, 1)
    return _blend(crop, opacity * share)


def legend(opacity: float, width: int = 256, height: int = 16) -> np.ndarray:
    """(height, width, 3) uint8: the ramp from value 0 (left) to 1 (right), as it looks at this opacity."""
    ground = np.full((height, width, 3), LEGEND_GROUND, np.uint8)
    return overlay(ground, np.linspace(0, 1, width, dtype=np.float32)[None].repeat(height, 0), opacity)


@dataclass(frozen=True)
class Stop:
    """One stop of the ramp: a value in [0, 1] and its colour as CSS `rgba()`, to lay over a photograph."""

    value: float
    colour: str


def ramp(opacity: float, stops: int = 5) -> list[Stop]:
    """Stops of the ramp at even values from 0 to 1, for charts and style sheets."""
    red, green, blue = HUE
    return [
        Stop(float(value), f"rgba({red}, {green}, {blue}, {opacity * value:.3g})") for value in np.linspace(0, 1, stops)
    ]


def describe(cam: SaliencyMap, width: float | None = None) -> str:
    """One or two sentences on how coarse a map is, and whether it says anything.

    width: of the mapped crop in pixels of the photo (its box: right - left); without it no size is named.
    """
    rows, columns = cam.resolution
    squares = "1 square" if rows == columns == 1 else f"{rows} × {columns} squares"
    grid = f"The map has {squares}"
    if width is not None:
        grid += f"; a square is {_pixels(width / columns)} of the photo wide"
    return f"{grid}. Flat: no part of the picture stood out." if cam.flat else f"{grid}."


def _pixels(length: float) -> str:
    if length < 0.5:
        return "less than 1 pixel"
    return "1 pixel" if round(length) == 1 else f"{length:.0f} pixels"


def _blend(ground: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Mix the hue into (H, W, 3) uint8 by a share (H, W) in [0, 1], in sRGB: even steps in lightness."""
    weight = share[..., None]
    return np.asarray(np.rint(ground * (1 - weight) + np.array(HUE) * weight).astype(np.uint8))
