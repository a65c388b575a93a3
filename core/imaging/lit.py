"""The part of a photo that light fell on: the round view of an eyepiece, or what black borders frame."""

from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

from core.imaging.windows import Box

LOOK = 320
"""Longest side in pixels at which a photo is looked at."""
SMALLEST = 256
"""Shorter side in pixels of a photo in which the lit part is looked for; smaller ones are crops."""
UNLIT = 0.25
"""Brightness, of the lit part's, under which a place is unlit: black, or the shade around an eyepiece's view."""
FRAME, LEAST = 0.02, 0.05
"""Least share of a photo that is unlit and joined to its edges, and least that is lit: else all of it is taken."""
NEARLY = 0.9
"""Lit share from which a photo of one cell is still taken for one."""
RIM = 0.02
"""Of the lit part's breadth: the rim, where the light falls off, which is left out."""


@dataclass(frozen=True, eq=False)
class LitPart:
    """Where a photo is lit. mask: (h, w) bool, the photo made smaller; box: around it, in photo pixels, whole edges.

    width, height: of the photo.
    """

    mask: np.ndarray
    box: Box
    width: int
    height: int

    @property
    def nearly_all(self) -> bool:
        """Whether the rest is a dark edge or corner at most."""
        return float(self.mask.mean()) >= NEARLY

    def share(self, box: Box) -> float:
        """How much of a box is lit, in [0, 1]; what lies beyond the photo is not asked about."""
        high, wide = self.mask.shape
        across, down = wide / self.width, high / self.height
        left, right = (int(np.clip(round(edge * across), 0, wide)) for edge in (box.left, box.right))
        top, bottom = (int(np.clip(round(edge * down), 0, high)) for edge in (box.top, box.bottom))
        part = self.mask[min(top, high - 1) : max(bottom, top + 1), min(left, wide - 1) : max(right, left + 1)]
        return float(part.mean())

    def cut_out(self, pixels: np.ndarray) -> np.ndarray:
        """The box of a photo (H, W, 3) uint8, what is unlit in it filled with the colour of the lit ground."""
        left, top, right, bottom = (round(edge) for edge in self.box.as_tuple())
        part = pixels[top:bottom, left:right].copy()
        small = Image.fromarray(self.mask).resize((self.width, self.height), Image.Resampling.NEAREST)
        lit = np.asarray(small)[top:bottom, left:right]
        step = max(1, int(np.sqrt(part.shape[0] * part.shape[1] / 40_000)))
        part[~lit] = np.percentile(part[::step, ::step][lit[::step, ::step]], 75, axis=0)
        return part


def lit_part(pixels: np.ndarray) -> LitPart | None:
    """The largest lit part of a photo (H, W, 3) uint8; None where the photo is lit all over, or hardly at all."""
    height, width = pixels.shape[:2]
    if min(height, width) < SMALLEST:
        return None
    share = min(1.0, LOOK / max(height, width))
    size = max(1, round(width * share)), max(1, round(height * share))
    brightness = np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BOX)).max(axis=2).astype(float)
    dark = brightness < UNLIT * np.percentile(brightness, 95)
    if joined_to_edges(dark).mean() < FRAME:
        return None
    mask = _largest(~joined_to_edges(dark))
    breadth = 2 * float(np.sqrt(mask.sum() / np.pi))
    # Beyond the photo's own edges there is no rim.
    mask = ndimage.binary_erosion(mask, iterations=max(1, round(RIM * breadth)), border_value=1)
    if mask.mean() < LEAST:
        return None
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    across, down = width / size[0], height / size[1]
    box = Box(
        float(np.floor(columns[0] * across)),
        float(np.floor(rows[0] * down)),
        float(min(width, np.ceil((columns[-1] + 1) * across))),
        float(min(height, np.ceil((rows[-1] + 1) * down))),
    )
    return LitPart(mask, box, width, height)


def joined_to_edges(dark: np.ndarray) -> np.ndarray:
    """What of a mask (h, w) is joined to the edges: dark nuclei within the photo are not."""
    parts, _ = ndimage.label(dark)
    edges = np.unique(np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]]))
    joined: np.ndarray = np.isin(parts, edges[edges > 0])
    return joined


def _largest(mask: np.ndarray) -> np.ndarray:
    parts, count = ndimage.label(mask)
    if count < 2:
        return mask
    largest: np.ndarray = parts == 1 + np.argmax(np.bincount(parts.ravel())[1:])
    return ndimage.binary_fill_holes(largest)
