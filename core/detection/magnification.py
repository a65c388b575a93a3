"""How large cells are in a photo in which too few red cells were found to tell."""

from dataclasses import replace

import numpy as np
from PIL import Image

from core.detection.detector import Detector, SingleCellDetector
from core.detection.notes import is_single
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
