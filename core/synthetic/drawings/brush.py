"""Soft shapes, grain and dots: what a drawing is made of.

Lengths are in units of 0.1 µm, the size of one pixel of a 200-pixel window. A shape is an array that says how
deep inside it each pixel lies, in units and negative outside; `soft` makes a mask of it with an edge at least
one pixel wide, so every edge is smooth at every size without drawing large and shrinking.
"""

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

Floats: TypeAlias = NDArray[np.float32]
Colour: TypeAlias = tuple[int, int, int]


@dataclass(frozen=True)
class Patch:
    """A square of pixels around one cell.

    x, y: (h, w) float32, units from the middle of the cell. scale: pixels per unit. span: the side in units,
    before rounding to whole pixels.
    """

    x: Floats
    y: Floats
    scale: float
    span: float

    def warped(self, rng: np.random.Generator, grain: float, amount: float) -> "Patch":
        """The same patch on a gently creased sheet: whatever is drawn on it gets uneven, natural outlines."""
        dx, dy = (amount * noise(rng, self, grain) for _ in range(2))
        return replace(self, x=self.x + dx, y=self.y + dy)


def patch_at(x: float, y: float, span: float, scale: float) -> tuple[Patch, int, int]:
    """A patch span units wide around the point (x, y) of a picture, and its left and top pixel there."""
    side = max(int(np.ceil(span * scale)), 4)
    left, top = round(x * scale - side / 2), round(y * scale - side / 2)
    pixels = np.arange(side) + 0.5
    across = ((pixels + left) / scale - x).astype(np.float32)
    down = ((pixels + top) / scale - y).astype(np.float32)
    columns, rows = np.meshgrid(across, down)
    return Patch(columns, rows, scale, span), left, top


def noise(rng: np.random.Generator, patch: Patch, grain: float) -> Floats:
    """Smooth random hills about `grain` units wide, mean 0, spread about 1, within ±1.8: (h, w) float32.

    What is drawn from rng depends on the patch's size in units and not in pixels, so a seed gives the same
    cell at every resolution.
    """
    count = max(round(patch.span / grain), 2)
    hills = rng.standard_normal((count, count)).astype(np.float32)
    height, width = patch.x.shape
    resized = Image.fromarray(hills).resize((width, height), Image.Resampling.BICUBIC)
    bounded: Floats = np.clip(np.asarray(resized, np.float32) * np.float32(1.3), -1.8, 1.8)
    return bounded


def soft(depth: Floats, scale: float, edge: float = 1.0) -> Floats:
    """A mask in [0, 1] from depths; edge: units over which it goes from 0 to 1, never less than a pixel."""
    width = max(edge, 1.0 / scale)
    mask: Floats = np.clip(depth / np.float32(width) + np.float32(0.5), 0, 1)
    return mask


def ellipse(patch: Patch, x: float, y: float, a: float, b: float, angle: float = 0.0) -> Floats:
    """Depth within an ellipse with half axes a and b, the first turned by `angle` radians."""
    across, down = patch.x - np.float32(x), patch.y - np.float32(y)
    if a == b:
        return np.float32(a) - np.hypot(across, down)
    cos, sin = float(np.cos(angle)), float(np.sin(angle))
    along = (across * cos + down * sin) / a
    beside = (down * cos - across * sin) / b
    return np.float32(min(a, b)) * (1 - np.hypot(along, beside))


def bridge(patch: Patch, start: tuple[float, float], end: tuple[float, float], half_width: float) -> Floats:
    """Depth within a strand with round ends between two points."""
    (x0, y0), (x1, y1) = start, end
    dx, dy = x1 - x0, y1 - y0
    along = ((patch.x - x0) * dx + (patch.y - y0) * dy) / max(dx * dx + dy * dy, 1e-6)
    along = np.clip(along, 0, 1)
    return np.float32(half_width) - np.hypot(patch.x - x0 - along * dx, patch.y - y0 - along * dy)


def joined(a: Floats, b: Floats, fillet: float) -> Floats:
    """Depth within either of two shapes, the corner between them filled over about `fillet` units."""
    overlap = np.clip(fillet - np.abs(a - b), 0, None) / np.float32(fillet)
    union: Floats = np.maximum(a, b) + overlap * overlap * np.float32(fillet / 4)
    return union


def dots(patch: Patch, points: NDArray[np.float64], radius: float, weights: NDArray[np.float64]) -> Floats:
    """A mask of round dots: points (n, 2) as x, y in units, weights (n,) the opacity of each, 0 to 1."""
    height, width = patch.x.shape
    spread = radius * patch.scale * 0.6  # below half a pixel a dot gets paler instead of smaller
    column = (points[:, 0] - float(patch.x[0, 0])) * patch.scale
    row = (points[:, 1] - float(patch.y[0, 0])) * patch.scale
    left, top = np.floor(column).astype(int), np.floor(row).astype(int)
    right_share, bottom_share = column - left, row - top
    marks = np.zeros((height + 2, width + 2), np.float32)
    for down, row_share in ((0, 1 - bottom_share), (1, bottom_share)):
        for across, column_share in ((0, 1 - right_share), (1, right_share)):
            rows, columns = np.clip(top + down, -1, height), np.clip(left + across, -1, width)
            np.add.at(marks, (rows + 1, columns + 1), (weights * row_share * column_share).astype(np.float32))
    heaped = gaussian_filter(marks[1:-1, 1:-1], max(spread, 0.5), truncate=3)
    mask: Floats = np.clip(heaped * np.float32(2 * np.pi * spread**2 * 1.5), 0, 1)
    return mask


def mix(a: Colour, b: Colour, share: Floats) -> Floats:
    """Colour a where share is 0, b where it is 1: (h, w, 3) float32."""
    first, second = np.asarray(a, np.float32), np.asarray(b, np.float32)
    return first + np.clip(share, 0, 1)[..., None] * (second - first)


def paint(canvas: Floats, mask: Floats, colour: Floats | Colour) -> None:
    """Lay a colour over the canvas (h, w, 3), in place, as opaque as mask (h, w) says."""
    canvas += mask[..., None] * (np.asarray(colour, np.float32) - canvas)
