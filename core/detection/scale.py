"""How large cells are in a photo: red cells are alike in all blood, and so tell a photo's scale."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from core.datasets.boxes import MarkedField
from core.datasets.sources.txl import LABS, PBC
from core.detection.decoding import Boxes
from core.imaging.fields import KINDS, Detection
from core.imaging.windows import Box
from core.settings import checkpoints_folder
from core.storage import write_json

RED = KINDS.index("red")
FEWEST = 3
"""Whole red cells from which a diameter is told."""
EDGE = 2.0
"""Pixels from the photo's edge within which a box is taken for that of a cut cell."""


@dataclass(frozen=True)
class RedCells:
    """The diameter of PBC's red cells in its own pixels: the median over `photos` of their whole cells' median."""

    diameter: float
    photos: int
    cells: int


def red_cells_file() -> Path:
    """Where that is kept, beside the checkpoints; `bench scale --keep` writes it."""
    return checkpoints_folder() / "red_cells.json"


def pbc_red_cells() -> RedCells | None:
    """The measured diameter; None where it was not measured or the file is damaged, and then no scale is told."""
    try:
        return RedCells(**json.loads(red_cells_file().read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def keep_red_cells(measured: RedCells) -> Path:
    """Write what was measured."""
    write_json(red_cells_file(), asdict(measured), indent=2)
    return red_cells_file()


def measured(fields: Sequence[MarkedField]) -> RedCells:
    """From the marked whole red cells of PBC's photos among training fields; ValueError where there are none."""
    medians, cells = [], 0
    for field in fields:
        if field.lab != LABS[PBC] or field.split != "train":
            continue
        height, width = field.pixels().shape[:2]
        diameters = _diameters(field.boxes[field.kinds == RED], width, height)
        if len(diameters) >= FEWEST:
            medians.append(float(np.median(diameters)))
            cells += len(diameters)
    if not medians:
        raise ValueError("no photo of PBC's among these fields has whole red cells")
    return RedCells(round(float(np.median(medians)), 2), len(medians), cells)


def _diameters(boxes: np.ndarray, width: int, height: int) -> np.ndarray:
    """Half the sum of the sides of boxes (N, 4) that no edge of the photo cuts."""
    inner = (boxes[:, :2] > EDGE).all(1) & (boxes[:, 2] < width - EDGE) & (boxes[:, 3] < height - EDGE)
    sides: np.ndarray = (boxes[inner, 2:] - boxes[inner, :2]).mean(1)
    return sides


def diameter_of(cells: Sequence[Detection]) -> float | None:
    """Median diameter of the whole red cells found, photo pixels; None where they are too few."""
    sides = [(cell.box.width + cell.box.height) / 2 for cell in cells if cell.kind == "red" and not cell.cut]
    return float(np.median(sides)) if len(sides) >= FEWEST else None


def scale_of(cells: Sequence[Detection], pbc: RedCells | None) -> float | None:
    """PBC pixels per photo pixel; None where too few whole red cells were found or PBC's are not known."""
    diameter = diameter_of(cells)
    return pbc.diameter / diameter if pbc and diameter else None


# --- At which scale the network is to look ----------------------------------------------------------------------

GLANCE = 448
"""Longest side of a first look, in pixels."""
LARGEST = 2.0
"""Most by which a photo is enlarged."""
SURE = 0.4
"""Score from which a red cell tells its diameter at a first look."""
NEAR, WELL = 1.25, (0.6, 1.55)
"""Within a factor NEAR of the trained diameter a first look is good enough; within WELL it tells the diameter."""


@dataclass(frozen=True, eq=False)
class Glance:
    """A look at a photo at some scale (network pixels a photo pixel). boxes: in photo pixels; whole: of all of it."""

    scale: float
    boxes: Boxes
    whole: bool


def trial_scales(width: int, height: int) -> list[float]:
    """Scales to look at a photo of that size, coarse to fine, an octave apart."""
    scales = [min(GLANCE / max(width, height), 1.0)]
    while scales[-1] * 2 <= LARGEST:
        scales.append(scales[-1] * 2)
    return scales


def sample_windows(width: int, height: int, scale: float) -> list[Box]:
    """Where to look at that scale: all of the photo where it is small, else its middle and four places around it."""
    side = GLANCE / scale
    if max(width, height) <= 1.5 * side:
        return [Box(0, 0, width, height)]
    middles = [(0.5, 0.5), (0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)]
    return [_window(x * width, y * height, side, width, height) for x, y in middles]


def _window(x: float, y: float, side: float, width: int, height: int) -> Box:
    wide, high = min(side, width), min(side, height)
    left = float(np.clip(x - wide / 2, 0, width - wide))
    top = float(np.clip(y - high / 2, 0, height - high))
    return Box(left, top, left + wide, top + high)


def settle_scale(
    width: int, height: int, trained: float, glance_at: Callable[[float], Glance]
) -> tuple[float, Boxes | None]:
    """The scale at which red cells are as wide as in training, and what a first look found where that will do.

    trained: that diameter. glance_at: a first look at a scale. Where none shows red cells the scale is that of the
    look with the surest cells.
    """
    best: Glance | None = None
    for scale in trial_scales(width, height):
        glance = glance_at(scale)
        diameter = _sure_diameter(glance, width, height)
        if diameter is not None and WELL[0] < diameter * scale / trained < WELL[1]:
            target_scale = min(trained / diameter, LARGEST)
            near = 1 / NEAR < target_scale / scale < NEAR
            return (scale, glance.boxes) if near and glance.whole else (target_scale, None)
        if best is None or _sureness(glance) > _sureness(best):
            best = glance
    assert best is not None
    return best.scale, best.boxes if best.whole else None


def _sure_diameter(glance: Glance, width: int, height: int) -> float | None:
    sure = (glance.boxes.kinds == RED) & (glance.boxes.scores >= SURE)
    diameters = _diameters(glance.boxes.edges[sure], width, height)
    return float(np.median(diameters)) if len(diameters) >= FEWEST else None


def _sureness(glance: Glance) -> float:
    return float(glance.boxes.scores[glance.boxes.scores >= SURE].sum())
