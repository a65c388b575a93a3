"""A field: a photo of a smear with the cells that were found in it, of whatever kind and scale."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from core.imaging.windows import WINDOW, Box, square, whole

Kind = Literal["white", "red", "platelet"]
Note = Literal["touching", "smudge", "debris", "implausible", "small"]

KINDS: tuple[Kind, ...] = get_args(Kind)
NOTES: tuple[Note, ...] = get_args(Note)

DetectionMethod = Literal["network", "classical", "single cell"]
Missing = Literal["any cell", "white cell"]


TIGHTEST, USUAL, LOOSEST = 1.05, 1.5, 3.0
"""Side of a white cell's window over the cell's longer side: PBC's cells fill about 133 of 200 pixels, hardly any more
than 190 or less than 70. A scale that says otherwise is wrong."""

RED_CELL = 7.5
"""µm: the diameter of a red cell on a dried smear is 7 to 8 (Dacie and Lewis, 12th ed. 2017, chapter 5)."""
LEAST_DIAMETER = 20
"""Pixels that a red cell has to be wide for white cells to be told: half a micrometre, as fine as what tells them
apart, is then more than a pixel."""
AGREE = 1.5
"""Factor by which the width of red cells may differ from theirs by what is known of the scale."""
FEWEST_RED = 3
"""Whole red cells from which their diameter is told."""


@dataclass(frozen=True)
class DetectorIdentity:
    """What finds cells. checkpoint, sha256: of a network, "" of other methods."""

    method: DetectionMethod
    checkpoint: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class Detection:
    """One cell as the detector marks it. box: photo pixels. score: in [0, 1], comparable within its kind.

    cut: the cell touches the photo's edge, so part of it is not seen. note: what sets it apart, or None.
    """

    box: Box
    kind: Kind
    score: float
    cut: bool = False
    note: Note | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS or (self.note is not None and self.note not in NOTES):
            raise ValueError(f"no such cell: {self.kind}, {self.note}")
        if not 0 <= self.score <= 1:
            raise ValueError(f"a score lies in [0, 1], got {self.score}")

    @property
    def readable(self) -> bool:
        """Whether models read cells of its kind."""
        return self.kind == "white" and self.note not in ("debris", "small")

    @property
    def whole(self) -> bool:
        """Whether it is to be counted and read as an ordinary cell: not cut, no smudge, no debris."""
        return not self.cut and self.note in (None, "touching")


@dataclass(frozen=True)
class Field:
    """What was found in one photo; cells in reading order (from the top, then from the left).

    width, height: of the photo, pixels. scale: PBC pixels per photo pixel, from the red cells' diameter;
    None where too few whole red cells were found to say. single_cell: the photo is already one cell, and
    is to be read as such. detector: what found the cells, None where that is not known. assumed_diameter: of
    red cells, pixels, where too few are found: of those that show if the photo is enlarged, or by the µm a pixel that
    are known. micrometres_per_pixel: as its file or a person says.
    """

    name: str
    width: int
    height: int
    cells: tuple[Detection, ...] = ()
    scale: float | None = None
    single_cell: bool = False
    detector: DetectorIdentity | None = None
    assumed_diameter: float | None = None
    micrometres_per_pixel: float | None = None

    def of(self, kind: Kind) -> tuple[Detection, ...]:
        """The cells of that kind."""
        return tuple(cell for cell in self.cells if cell.kind == kind)

    def count(self, kind: Kind) -> int:
        """Cells of that kind, without debris (smudge cells and cut cells are cells)."""
        return sum(cell.note != "debris" for cell in self.of(kind))

    @property
    def implausible(self) -> bool:
        """Whether it shows more white cells than blood holds beside its red ones, so that none of them is trusted."""
        return any(cell.note == "implausible" for cell in self.cells)

    @property
    def missing(self) -> Missing | None:
        """What there is to count was not found in the photo; None where there is a white cell that can be read."""
        if not self.cells:
            return "any cell"
        return None if any(cell.readable for cell in self.cells) else "white cell"

    @property
    def red_diameter(self) -> float | None:
        """Median diameter of its whole red cells, photo pixels; the assumed one where they are too few."""
        sides = [(cell.box.width + cell.box.height) / 2 for cell in self.of("red") if not cell.cut]
        return float(np.median(sides)) if len(sides) >= FEWEST_RED else self.assumed_diameter

    @property
    def sizes_agree(self) -> bool:
        """Whether its red cells are about as wide as the micrometres per pixel that are known make them."""
        if self.red_diameter is None or self.micrometres_per_pixel is None:
            return True
        width = self.red_diameter * self.micrometres_per_pixel
        return RED_CELL / AGREE <= width <= RED_CELL * AGREE

    @property
    def pixel_size(self) -> float | None:
        """µm of a pixel: as is known, else by its red cells; None where neither says, or one contradicts the other."""
        if self.micrometres_per_pixel is not None:
            return self.micrometres_per_pixel if self.sizes_agree else None
        return RED_CELL / self.red_diameter if self.red_diameter else None

    @property
    def too_small(self) -> bool:
        """Whether its red cells are too few pixels wide for white cells to be told."""
        diameter = None if self.single_cell else self.red_diameter
        return diameter is not None and round(diameter) < LEAST_DIAMETER

    def __iter__(self) -> Iterator[Detection]:
        return iter(self.cells)

    def __len__(self) -> int:
        return len(self.cells)

    def named(self, name: str) -> "Field":
        """The same field under another name."""
        return replace(self, name=name)


def reading_window(cell: Detection, field: Field) -> Box:
    """The square of a field's photo to be read for a cell: as much of its surroundings as in training.

    With the field's scale it is PBC's own window of WINDOW pixels, within what fits the cell; without one, USUAL
    times the cell's longer side. May reach beyond the photo; the reader holds it there (core.imaging.windows.held).
    """
    box = cell.box
    longer = max(box.width, box.height)
    tightest, usual, loosest = (longer * ratio for ratio in (TIGHTEST, USUAL, LOOSEST))
    side = min(max(WINDOW / field.scale, tightest), loosest) if field.scale else usual
    return square(*box.centre, side)


def foremost(field: Field) -> int | None:
    """Number, from 1, of the white cell to look at first: large, near the middle and well seen; None where none is.

    Cells that are cut or smudged only stand in where there are no others.
    """
    middle, reach = np.array([field.width, field.height]) / 2, np.hypot(field.width, field.height) / 2

    def rank(number: int) -> tuple[bool, float]:
        cell = field.cells[number - 1]
        far = float(np.hypot(*(np.array(cell.box.centre) - middle))) / reach
        return cell.whole, min(cell.box.width, cell.box.height) * (1 - far / 2)

    numbers = [number for number, cell in enumerate(field, 1) if cell.readable]
    return max(numbers, key=rank, default=None)


def set_apart_if_small(field: Field) -> Field:
    """The field; where the magnification is too low its white cells are noted so, and none of them is counted."""
    if not field.too_small:
        return field
    return replace(field, cells=tuple(replace(cell, note="small") if cell.readable else cell for cell in field.cells))


def single(name: str, width: int, height: int, detector: DetectorIdentity | None = None) -> Field:
    """The field of a photo that is one white cell already."""
    cell = Detection(whole(width, height), "white", 1.0)
    return Field(name, width, height, (cell,), single_cell=True, detector=detector)
