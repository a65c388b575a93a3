"""Where in a photo a model looks: boxes, and the one way in which a box becomes a square of pixels."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

WINDOW = 200
"""Side in pixels of MedMNIST's central window in a PBC original (about 0.1 µm a pixel)."""

BEYOND = 0.25
"""Most of a window's side that may lie beyond an edge of the photo, where only its mirror image can be shown."""


@dataclass(frozen=True)
class Box:
    """A rectangle in photo pixels; edges, not pixel indices, so that right - left is its width."""

    left: float
    top: float
    right: float
    bottom: float

    def __post_init__(self) -> None:
        if not (self.right > self.left and self.bottom > self.top):
            raise ValueError(f"a box needs a positive size, got {self}")

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def centre(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def as_tuple(self) -> tuple[float, float, float, float]:
        return self.left, self.top, self.right, self.bottom


def square(x: float, y: float, side: float) -> Box:
    """The square of that side around (x, y)."""
    half = side / 2
    return Box(x - half, y - half, x + half, y + half)


def whole(width: int, height: int) -> Box:
    """All of a photo."""
    return Box(0, 0, width, height)


def largest_square(width: int, height: int) -> Box:
    """The largest central square of a photo."""
    return centre_window(width, height, min(width, height))


def centre_window(width: int, height: int, side: int = WINDOW) -> Box:
    """The central square, placed by torchvision's CenterCrop rule, as MedMNIST cut PBC's originals.

    Reaches beyond the photo where that is smaller than `side`.
    """
    left, top = round((width - side) / 2.0), round((height - side) / 2.0)
    return Box(left, top, left + side, top + side)


def held(box: Box, width: int, height: int) -> Box:
    """The window nearest to `box` that leaves a photo of that size by at most BEYOND of its side at any edge.

    Every window that is read passes here. One that is too near an edge is moved; one that is more than twice as wide
    or high as the photo (1 / (1 - 2 BEYOND)) is made smaller, too, and keeps its shape.
    """
    room = 1 - 2 * BEYOND
    share = min(1.0, width / (room * box.width), height / (room * box.height))
    wide, high = share * box.width, share * box.height
    x, y = box.centre
    left, top = (box.left, box.top) if share == 1 else (x - wide / 2, y - high / 2)
    moved = _moved(left, wide, width), _moved(top, high, height)
    return box if share == 1 and moved == (box.left, box.top) else Box(*moved, moved[0] + wide, moved[1] + high)


def _moved(start: float, side: float, length: int) -> float:
    """Where a stretch of that side begins, at least and at most so far beyond [0, length]."""
    return min(max(start, -BEYOND * side), length - (1 - BEYOND) * side)


def overlap(a: Box, b: Box) -> float:
    """Intersection over union of two boxes, in [0, 1]."""
    wide = min(a.right, b.right) - max(a.left, b.left)
    high = min(a.bottom, b.bottom) - max(a.top, b.top)
    if wide <= 0 or high <= 0:
        return 0.0
    shared = wide * high
    return shared / (a.width * a.height + b.width * b.height - shared)


def cut(pixels: np.ndarray, box: Box, size: int) -> np.ndarray:
    """The box as a square of size x size pixels, by Pillow's bicubic filter.

    pixels: (H, W, 3) uint8. Returns (size, size, 3) uint8. Beyond the photo's edge its mirror image
    is used, so that no edge is invented that a network could take for part of a cell.
    """
    padded, box = _mirrored(pixels, box)
    edges = box.as_tuple()
    if all(edge == round(edge) for edge in edges):
        # Cropped first, as MedMNIST does: the filter then sees nothing beyond the window.
        image = Image.fromarray(padded).crop(tuple(round(edge) for edge in edges))  # type: ignore[arg-type]
        return np.asarray(image.resize((size, size), Image.Resampling.BICUBIC))
    return np.asarray(Image.fromarray(padded).resize((size, size), Image.Resampling.BICUBIC, box=edges))


def _mirrored(pixels: np.ndarray, box: Box) -> tuple[np.ndarray, Box]:
    """The photo extended by its mirror image as far as the box needs, and the box within it."""
    height, width = pixels.shape[:2]
    left, top = max(0, int(np.ceil(-box.left))), max(0, int(np.ceil(-box.top)))
    right = max(0, int(np.ceil(box.right - width)))
    bottom = max(0, int(np.ceil(box.bottom - height)))
    if not (left or top or right or bottom):
        return pixels, box
    padded = np.pad(pixels, ((top, bottom), (left, right), (0, 0)), mode="symmetric")
    return padded, Box(box.left + left, box.top + top, box.right + left, box.bottom + top)
