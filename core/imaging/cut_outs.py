"""Cells cut out on black: the ground becomes white, as where a cell was cut out on transparent."""

from dataclasses import replace

import numpy as np

from core.imaging.changes import Change, ChangeKind
from core.imaging.decoding import Photo
from core.imaging.lit import joined_to_edges

BLACK = 6
"""Brightest channel of what was painted black, in levels; compression leaves a few."""
LARGEST = 512
"""Longer side in pixels of a photo of one cell; larger ones with black around are views through an eyepiece."""
FRAMED, LEAST = 0.75, 0.1
"""Share of the photo's edge that is black, and of all of it, from which the cell in it was cut out."""


def on_white(photo: Photo) -> Photo:
    """The photo with the black around a cut-out made white, or as it is where nothing was cut out."""
    ground = black_ground(photo.pixels)
    if ground is None:
        return photo
    pixels = np.where(ground[..., None], np.uint8(255), photo.pixels)
    pixels.flags.writeable = False
    return replace(photo, pixels=pixels, changes=(*photo.changes, Change(ChangeKind.CUT_OUT)))


def black_ground(pixels: np.ndarray) -> np.ndarray | None:
    """Where (H, W) the ground of a cut-out (H, W, 3) uint8 is black; None where nothing was cut out."""
    if max(pixels.shape[:2]) > LARGEST:
        return None
    black = pixels.max(axis=2) <= BLACK
    edge = np.concatenate([black[0], black[-1], black[:, 0], black[:, -1]])
    if edge.mean() < FRAMED or black.mean() < LEAST or black.all():
        return None
    return joined_to_edges(black)
