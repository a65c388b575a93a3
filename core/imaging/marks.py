"""What somebody drew on a photo: outlines, arrows, scale bars, letters, painted cells. Found and painted out.

No stain is as pure as the colours of drawing programs, and no camera gives one colour over many places. Of a scale
bar the length is kept; what is written at it is not read.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import cv2
import numpy as np
from scipy import ndimage

from core.imaging.changes import Change, ChangeKind
from core.imaging.decoding import Photo
from core.imaging.lit import joined_to_edges

PURE: dict[tuple[int, int, int], int] = {
    (255, 0, 0): 45,
    (255, 255, 0): 45,
    (0, 0, 255): 25,
    (255, 0, 255): 20,
    (255, 165, 0): 20,
}
"""Colours of drawing programs that a stain comes near, and by how many levels a channel may be off them."""
AROUND, EXACT = 90, 0.25
"""Levels by which what is joined to them may be off, since compression blurs lines; least share that is not."""
FOREIGN = 110
"""Levels by which green is above red or blue where it is the strongest, green, yellow or cyan: no stain of blood is."""
BLACK, WHITE = 10, 254
"""Levels up to which a place is black, and from which it is white."""
LIT = 244
"""Level of a photo's bright parts from which white is no mark."""
FLAT, EVEN = 30, 0.6
"""Levels by which places of one mark differ, and the least share of them that does not differ by more."""
SMALLEST = 24
"""Places of the smallest mark; a letter has more."""
LARGEST = 0.1
"""Share of the photo that marks may cover; more is a drawing, a screenshot, or the stain after all."""
THICK = 7
"""Places from its edge to its middle from which a mark hides what is under it."""
SOFT = 2
"""Places around a mark into which its edge is blurred."""
SMALLEST_PHOTO = 128
"""Shorter side in pixels of a photo that somebody would draw on."""
SHORTEST_BAR, SLIM, LONGEST_BAR = 24, 4, 0.7
"""Pixels of the shortest scale bar; how many times as long as it is high, with its ends; the share of the photo's width
from which on a line is a frame's."""
STRAIGHT = 0.9
"""Share of its places that a bar's row covers, and of them that are the same from right to left, as an arrow's are
not."""


class Marks(NamedTuple):
    """Where marks are drawn on a photo, (H, W) bool; how many; how many pixels long its one scale bar is, 0 for none or
    several."""

    mask: np.ndarray
    number: int
    scale_bar: int = 0


def without_marks(photo: Photo) -> Photo:
    """The photo with its marks painted out by what is around them, or as it is where there are none."""
    marks = marks_in(photo.pixels)
    if not marks.number:
        return photo
    pixels = _painted_out(photo.pixels, marks.mask)
    pixels.flags.writeable = False
    changes = [Change(ChangeKind.MARKS, marks.number)]
    if marks.scale_bar:
        changes.append(Change(ChangeKind.SCALE_BAR, marks.scale_bar))
    return replace(photo, pixels=pixels, changes=(*photo.changes, *changes))


def marks_in(pixels: np.ndarray) -> Marks:
    """The marks that are drawn on a photo (H, W, 3) uint8."""
    nowhere = np.zeros(pixels.shape[:2], dtype=bool)
    if min(pixels.shape[:2]) < SMALLEST_PHOTO:
        return Marks(nowhere, 0)
    by_colour = [_foreign(pixels), *(_flat_parts(pixels, candidates) for candidates in _candidates(pixels))]
    mask = np.logical_or.reduce(by_colour)
    share = float(mask.mean())
    if share == 0 or share > LARGEST:
        return Marks(nowhere, 0)
    _, count = ndimage.label(ndimage.binary_dilation(mask, iterations=5))
    bars = _innermost({place for one in by_colour for place in _bars(one)})
    return Marks(mask, int(count), bars[0].width if len(bars) == 1 else 0)


class _Place(NamedTuple):
    """A box of whole pixels; right and bottom are the first beyond it."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    def holds(self, other: "_Place") -> bool:
        begins = self.left <= other.left and self.top <= other.top
        return begins and self.right >= other.right and self.bottom >= other.bottom


def _bars(mask: np.ndarray) -> Iterator[_Place]:
    """Where the marks of one colour (H, W) bool are level lines, with or without ends, the same from either side."""
    parts, _ = ndimage.label(mask, structure=np.ones((3, 3), dtype=int))
    for part, (rows, columns) in enumerate(ndimage.find_objects(parts), 1):
        here = parts[rows, columns] == part
        high, long = here.shape
        if not SHORTEST_BAR <= long <= LONGEST_BAR * mask.shape[1] or SLIM * high > long:
            continue
        level = np.flatnonzero(here.mean(axis=1) >= STRAIGHT)
        one_line = len(level) and np.ptp(level) + 1 == len(level)
        if one_line and (here & here[:, ::-1]).sum() >= STRAIGHT * here.sum():
            yield _Place(columns.start, rows.start, columns.stop, rows.stop)


def _innermost(places: Collection[_Place]) -> list[_Place]:
    """A bar within the plate that it is drawn on, and not the plate."""
    return [place for place in places if not any(place.holds(other) for other in places if other != place)]


def _candidates(pixels: np.ndarray) -> list[np.ndarray]:
    """Where a photo may be drawn on, colour by colour."""
    channels = cv2.split(pixels)
    high, low = _extreme(cv2.max, channels), _extreme(cv2.min, channels)
    masks = [_near(pixels, pure) for pure in PURE]
    dark = high <= BLACK
    masks.append(dark & ~joined_to_edges(dark) if dark.any() else dark)  # an eyepiece's rim is nobody's drawing
    if np.percentile(low[::4, ::4], 90) < LIT:
        masks.append(low >= WHITE)
    return [mask for mask in masks if mask.any()]


def _extreme(of: Callable[..., Any], channels: Sequence[np.ndarray]) -> np.ndarray:
    found: np.ndarray = of(of(channels[0], channels[1]), channels[2])
    return found


def _near(pixels: np.ndarray, pure: tuple[int, int, int]) -> np.ndarray:
    """Where a pure colour is, with what is joined to it and not far from it."""
    exact = cv2.inRange(pixels, *_bounds(pure, PURE[pure])) > 0
    return _joined(exact, cv2.inRange(pixels, *_bounds(pure, AROUND)), EXACT) if exact.any() else exact


def _joined(exact: np.ndarray, around: np.ndarray, share: float) -> np.ndarray:
    """The parts of `around` (H, W) of which that share is exact."""
    parts, count = ndimage.label(around, structure=np.ones((3, 3), dtype=int))
    sizes = np.bincount(parts.ravel(), minlength=count + 1)
    kept = np.bincount(parts[exact], minlength=count + 1) >= share * sizes
    kept[0] = False
    found: np.ndarray = kept[parts]
    return found


def _bounds(pure: tuple[int, int, int], by: int) -> tuple[np.ndarray, np.ndarray]:
    colour = np.array(pure)
    return (colour - by).clip(0, 255).astype(np.uint8), (colour + by).clip(0, 255).astype(np.uint8)


def _foreign(pixels: np.ndarray) -> np.ndarray:
    """Where green is the strongest by far, with what is joined to it, in parts that are large enough."""
    red, green, blue = cv2.split(pixels)
    over = cv2.subtract(green, cv2.min(red, blue))
    over[green < cv2.max(red, blue)] = 0
    exact = over >= FOREIGN
    if not exact.any():
        return exact
    joined = _joined(exact, over >= FOREIGN // 2, EXACT)
    parts, _ = ndimage.label(joined, structure=np.ones((3, 3), dtype=int))
    large = np.bincount(parts.ravel()) >= SMALLEST
    large[0] = False
    found: np.ndarray = large[parts]
    return found


def _flat_parts(pixels: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The parts of a mask (H, W) that are large enough and of one colour."""
    parts, count = ndimage.label(mask, structure=np.ones((3, 3), dtype=int))
    kept = np.zeros(count + 1, dtype=bool)
    sizes = np.bincount(parts.ravel())
    for part, place in enumerate(ndimage.find_objects(parts), 1):
        if sizes[part] < SMALLEST or place is None:
            continue
        colours = pixels[place][parts[place] == part].astype(np.int16)
        away = np.abs(colours - np.median(colours, axis=0)).max(axis=1)
        kept[part] = (away <= FLAT).mean() >= EVEN
    found: np.ndarray = kept[parts]
    return found


def _painted_out(pixels: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Thin marks by what is around them (Telea 2004); thick ones, under which nothing is known, by the empty ground."""
    wide = ndimage.binary_dilation(mask, iterations=SOFT)
    # Only around the marks, since that takes time by the area.
    out = pixels.copy()
    parts, _ = ndimage.label(wide)
    for part, place in enumerate(ndimage.find_objects(parts), 1):
        rows, columns = (slice(max(0, one.start - 8), one.stop + 8) for one in place)
        here = parts[rows, columns] == part
        if ndimage.distance_transform_edt(here).max() >= THICK + SOFT:
            out[rows, columns][here] = np.percentile(pixels[::8, ::8].reshape(-1, 3), 75, axis=0).astype(np.uint8)
        else:
            filled = cv2.inpaint(out[rows, columns], here.astype(np.uint8), 3, cv2.INPAINT_TELEA)
            out[rows, columns][here] = filled[here]
    return out
