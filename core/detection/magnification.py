"""How large cells are in a photo in which too few red cells were found to tell."""

from dataclasses import replace

import cv2
import numpy as np
from PIL import Image

from core.detection.detector import Detector, SingleCellDetector
from core.detection.notes import ALONE, is_single
from core.detection.scale import RedCells, diameter_of
from core.imaging.decoding import Photo
from core.imaging.fields import LEAST_DIAMETER, RED_CELL, Field

ENLARGED = 4
"""Times that the middle of such a photo is enlarged to be looked at once more."""
SIDE = 200
"""Of that middle, in pixels of the photo."""
FEWEST = 20
"""Red cells of which the middle of such a photo holds more, and that are not made of grain or of print."""
ALIKE = 0.25
"""Most spread of their diameters over the median: red cells are alike."""

SMALLEST, ACROSS = 40, 8
"""Shorter side in pixels of the smallest photo that may show a crowd, and how many red cells then go to it."""
LOOK, DEPTH, FLAT, SPOTS = 96, 0.1, 10, 36
"""Longer side in pixels at which dark spots are counted; how much darker they are, over the photo's contrast, which is
so many levels at least; how many make it worth while to look for red cells. Photos of one cell have 40 at most, and the
detector decides."""


def with_known_size(field: Field, size: float | None, red_cells: RedCells | None) -> Field:
    """The field with what is known of its size; where its red cells are too few, that tells its scale.

    size: µm a pixel of the photo, None where nobody says. red_cells: PBC's, by which scales are told.
    """
    if size is None:
        return field
    field = replace(field, micrometres_per_pixel=size)
    if field.scale is not None or red_cells is None or field.detector == SingleCellDetector.identity:
        return field
    diameter = RED_CELL / size
    scale = red_cells.diameter / diameter
    alone = field.single_cell and is_single(field.cells, field.width, field.height, scale)
    return replace(field, scale=scale, assumed_diameter=diameter, single_cell=alone)


def diameter_when_enlarged(photo: Photo, field: Field, detector: Detector) -> float | None:
    """Median diameter, pixels of the photo, of red cells that show only where it is enlarged.

    None where the photo shows cells as it is, or none either way.
    """
    if field.single_cell or field.missing is None or field.red_diameter is not None:
        return None
    return _diameter_in_the_middle(photo, detector)


def not_one_cell(photo: Photo, field: Field, detector: Detector) -> Field:
    """The field; of a photo so small that it could only show one cell, and that shows a crowd, one without cells."""
    shorter, longer = sorted(photo.pixels.shape[:2])
    if detector.identity == SingleCellDetector.identity or longer > ALONE or shorter < SMALLEST:
        return field
    if _dark_spots(photo.pixels) < SPOTS:
        return field
    diameter = _diameter_in_the_middle(photo, detector)
    if diameter is None or diameter * ACROSS > shorter:
        return field
    return replace(field, cells=(), single_cell=False, assumed_diameter=diameter)


def _diameter_in_the_middle(photo: Photo, detector: Detector) -> float | None:
    """Of red cells in the middle of a photo enlarged; None where they are few, unlike, or large enough as they are."""
    height, width = photo.pixels.shape[:2]
    left, top = max(0, (width - SIDE) // 2), max(0, (height - SIDE) // 2)
    middle = Image.fromarray(photo.pixels[top : top + SIDE, left : left + SIDE])
    larger = middle.resize((ENLARGED * middle.width, ENLARGED * middle.height), Image.Resampling.BICUBIC)
    found = detector.find(Photo(photo.name, np.asarray(larger)))
    diameter = diameter_of(found.cells)
    sides = [(cell.box.width + cell.box.height) / 2 for cell in found.of("red") if not cell.cut]
    if diameter is None or len(sides) < FEWEST or np.std(sides) > ALIKE * diameter:
        return None
    return diameter / ENLARGED if diameter < ENLARGED * LEAST_DIAMETER else None


def _dark_spots(pixels: np.ndarray) -> int:
    """Places of a small photo (H, W, 3) uint8 that are darker than what is around them."""
    height, width = pixels.shape[:2]
    by = LOOK / max(height, width)
    grey = cv2.resize(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), (round(width * by), round(height * by))).astype(
        np.float32
    )
    dark, bright = np.percentile(grey, (5, 98))
    over = cv2.GaussianBlur(grey, (0, 0), 1.2) - cv2.GaussianBlur(grey, (0, 0), 3.0)
    lowest = over == cv2.erode(over, np.ones((5, 5), np.uint8))
    return int((lowest & (over < -DEPTH * max(bright - dark, FLAT))).sum())
