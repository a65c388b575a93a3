"""What somebody drew on a photo: outlines, arrows, scale bars, letters, painted cells. Found and painted out.

No stain is as pure as the colours of drawing programs, and no camera gives one colour over many places. What is written
at a scale bar is not read.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

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


def without_marks(photo: Photo) -> Photo:
    """The photo with its marks painted out by what is around them, or as it is where there are none."""
    mask, count = marks_in(photo.pixels)
    if not count:
        return photo
    pixels = _painted_out(photo.pixels, mask)
    pixels.flags.writeable = False
    return replace(photo, pixels=pixels, changes=(*photo.changes, Change(ChangeKind.MARKS, count)))


def marks_in(pixels: np.ndarray) -> tuple[np.ndarray, int]:
    """Where marks are drawn on a photo (H, W, 3) uint8, (H, W) bool, and how many there are."""
    nowhere = np.zeros(pixels.shape[:2], dtype=bool)
    if min(pixels.shape[:2]) < SMALLEST_PHOTO:
        return nowhere, 0
    mask = _foreign(pixels)
    for candidates in _candidates(pixels):
        mask |= _flat_parts(pixels, candidates)
    share = float(mask.mean())
    if share == 0 or share > LARGEST:
        return nowhere, 0
    _, count = ndimage.label(ndimage.binary_dilation(mask, iterations=5))
    return mask, int(count)


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
