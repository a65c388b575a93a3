"""Photos of any size in windows that the network sees one after the other, so that memory stays bounded."""

from collections.abc import Callable, Iterator

import numpy as np
from PIL import Image

from core.detection.decoding import Boxes, concatenated, without_duplicates
from core.detection.network import COARSEST
from core.imaging.windows import Box
from core.progress import Progress

TILE = 832
"""Longest side of a window as the network sees it, in pixels."""
SHARED = 256
"""Pixels by which neighbouring windows overlap: more than the largest white cell is wide, so each is whole in one."""
NEAR_EDGE = 3.0
"""Pixels from a window's inner edge within which a box is taken for a cut one."""

DetectTile = Callable[[np.ndarray], Boxes]
"""What the network says of one picture (H, W, 3) uint8 as it sees it; boxes in its pixels."""


def windows(width: int, height: int, scale: float) -> list[Box]:
    """Windows that cover a photo, in photo pixels; one where all of it fits. scale: network pixels a photo pixel."""
    return [
        Box(left, top, right, bottom)
        for top, bottom in _stretches(height, scale)
        for left, right in _stretches(width, scale)
    ]


def _stretches(length: int, scale: float) -> Iterator[tuple[float, float]]:
    side = TILE / scale
    if length <= side:
        yield 0.0, float(length)
        return
    count = int(np.ceil((length - SHARED / scale) / (side - SHARED / scale)))
    for start in np.linspace(0, length - side, count):
        yield float(start), float(start + side)


def tile_pixels(pixels: np.ndarray, window: Box, scale: float) -> np.ndarray:
    """A window of a photo (H, W, 3) uint8 as the network sees it; right and below filled up with bright ground."""
    left, top = int(window.left), int(window.top)
    right, bottom = int(np.ceil(window.right)), int(np.ceil(window.bottom))
    part = pixels[top:bottom, left:right]
    wide, high = max(1, round(window.width * scale)), max(1, round(window.height * scale))
    box = (window.left - left, window.top - top, window.right - left, window.bottom - top)
    small = np.asarray(Image.fromarray(part).resize((wide, high), Image.Resampling.BILINEAR, box=box))
    across, down = -wide % COARSEST, -high % COARSEST
    if not (across or down):
        return small
    filled = np.empty((high + down, wide + across, 3), np.uint8)
    filled[:] = np.percentile(small.reshape(-1, 3)[:: max(1, small.size // 30_000)], 90, axis=0)
    filled[:high, :wide] = small
    return filled


def detect_in_tiles(
    pixels: np.ndarray, scale: float, detect_tile: DetectTile, progress: Progress | None = None
) -> Boxes:
    """What is in a photo (H, W, 3) uint8, boxes in its pixels and within it, the likeliest first.

    A box at an inner edge of a window is left to the window that sees all of it.
    """
    height, width = pixels.shape[:2]
    parts, tiles = [], windows(width, height, scale)
    for done, tile in enumerate(tiles, start=1):
        boxes = detect_tile(tile_pixels(pixels, tile, scale))
        origin = np.array([tile.left, tile.top] * 2, np.float32)
        boxes = boxes._replace(edges=boxes.edges / np.float32(scale) + origin)
        parts.append(boxes.take(_not_cut(boxes.edges, tile, (width, height), NEAR_EDGE / scale)))
        if progress:
            progress(done, len(tiles))
    return without_duplicates(_within(concatenated(parts), width, height))


def _not_cut(edges: np.ndarray, window: Box, size: tuple[int, int], near: float) -> np.ndarray:
    width, height = size
    inner = np.zeros(len(edges), dtype=bool)
    if window.left > 0:
        inner |= edges[:, 0] < window.left + near
    if window.top > 0:
        inner |= edges[:, 1] < window.top + near
    if window.right < width:
        inner |= edges[:, 2] > window.right - near
    if window.bottom < height:
        inner |= edges[:, 3] > window.bottom - near
    return ~inner


def _within(boxes: Boxes, width: int, height: int) -> Boxes:
    """Boxes cut to the photo; those with less than a pixel left are dropped."""
    edges = boxes.edges.copy()
    edges[:, 0::2] = edges[:, 0::2].clip(0, width)
    edges[:, 1::2] = edges[:, 1::2].clip(0, height)
    remaining = ((edges[:, 2:] - edges[:, :2]) >= 1).all(1)
    return boxes._replace(edges=edges).take(remaining)
