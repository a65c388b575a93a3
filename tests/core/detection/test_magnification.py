"""A photo of too low a power: its red cells are found where it is enlarged, and their width is said."""

from dataclasses import replace

import numpy as np
import pytest

from core.detection.detector import SingleCellDetector
from core.detection.magnification import ENLARGED, FEWEST, SIDE, diameter_when_enlarged, not_one_cell, with_known_size
from core.detection.scale import RedCells
from core.imaging.decoding import Photo
from core.imaging.fields import RED_CELL, Detection, DetectorIdentity, Field, reading_window, set_apart_if_small, single
from core.imaging.windows import WINDOW, square
from core.imaging.wording import missing_sentence

PHOTO = Photo("x.png", np.full((300, 400, 3), 230, np.uint8))


class Enlarging:
    """Finds so many red cells of these widths in the middle of an enlarged photo."""

    identity = DetectorIdentity("network")

    def __init__(self, *sides: float, size: tuple[int, int] = (ENLARGED * SIDE, ENLARGED * SIDE)) -> None:
        self.sides, self.size = sides, size

    def find(self, photo: Photo) -> Field:
        height, width = photo.pixels.shape[:2]
        assert (height, width) == self.size
        return Field(photo.name, width, height, tuple(Detection(square(400, 400, s), "red", 0.9) for s in self.sides))


def field(*cells: Detection) -> Field:
    return Field("x.png", 400, 300, cells)


def test_red_cells_that_show_only_when_enlarged_tell_their_width() -> None:
    diameter = diameter_when_enlarged(PHOTO, field(), Enlarging(*[28.0] * FEWEST))
    assert diameter == 7
    small = Field("x.png", 400, 300, assumed_diameter=diameter)
    assert missing_sentence(small) == (
        "The magnification is too low to tell white cells: red cells are 7 pixels wide, 20 are needed."
    )


@pytest.mark.parametrize(
    "sides",
    [[], [28.0] * (FEWEST - 1), [10.0, 60.0] * FEWEST, [100.0] * FEWEST],
    ids=["none", "few", "of all sizes", "as large as usual"],
)
def test_what_is_no_sheet_of_small_red_cells_is_not_taken_for_one(sides: list[float]) -> None:
    assert diameter_when_enlarged(PHOTO, field(), Enlarging(*sides)) is None


def test_a_photo_with_white_cells_is_not_looked_at_again() -> None:
    assert diameter_when_enlarged(PHOTO, field(Detection(square(50, 50, 40), "white", 0.9)), Enlarging()) is None


def crowd(diameter: int, size: tuple[int, int] = (80, 107)) -> Photo:
    """Discs side by side."""
    rows, columns = np.mgrid[: size[0], : size[1]]
    away = np.hypot(rows % (diameter + 2) - diameter / 2, columns % (diameter + 2) - diameter / 2)
    return Photo("x.png", np.where((away < diameter / 2)[..., None], (210, 150, 150), 235).astype(np.uint8))


def test_a_tiny_photo_of_many_red_cells_is_not_one_cell() -> None:
    tiny, alone = crowd(8), single("x.png", 107, 80)
    found = not_one_cell(tiny, alone, Enlarging(*[32.0] * FEWEST, size=(320, 428)))
    assert (found.single_cell, found.cells, found.red_diameter, found.too_small) == (False, (), 8, True)
    assert missing_sentence(found).endswith("red cells are 8 pixels wide, 20 are needed.")
    assert not_one_cell(tiny, alone, SingleCellDetector()) is alone  # a person says that it is one
    assert not_one_cell(tiny, alone, Enlarging(size=(320, 428))) is alone
    assert not_one_cell(tiny, alone, Enlarging(*[60.0] * FEWEST, size=(320, 428))) is alone


def test_a_tiny_photo_of_one_cell_is_not_looked_at_again() -> None:
    for photo in (crowd(60), Photo("x.png", np.full((90, 90, 3), 230, np.uint8)), crowd(4, (28, 28))):
        alone = single("x.png", *photo.pixels.shape[1::-1])
        assert not_one_cell(photo, alone, Enlarging(size=(0, 0))) is alone


@pytest.mark.parametrize(("side", "note"), [(19.4, "small"), (19.6, None), (40, None)])
def test_white_cells_beside_red_ones_that_are_too_small_are_not_read(side: float, note: str | None) -> None:
    red = [Detection(square(60 + 40 * n, 80, side), "red", 0.9) for n in range(4)]
    apart = set_apart_if_small(field(Detection(square(200, 200, 1.5 * side), "white", 0.9), *red))
    (white,) = apart.of("white")
    assert white.note == note
    assert white.readable == (note is None)
    assert apart.missing == ("white cell" if note else None)


PBC = RedCells(80.0, 1, 1)
WHITE = Detection(square(200, 150, 60), "white", 0.9)


def test_where_red_cells_are_few_the_known_size_tells_the_scale() -> None:
    known = with_known_size(field(WHITE), 0.25, PBC)
    assert known.scale == pytest.approx(80 / (RED_CELL / 0.25))
    assert known.red_diameter == pytest.approx(30)
    assert reading_window(WHITE, known).width == pytest.approx(WINDOW * 30 / 80)


def test_where_red_cells_tell_the_scale_the_known_size_is_only_kept() -> None:
    red = [Detection(square(60 + 40 * n, 80, 30), "red", 0.9) for n in range(4)]
    by_cells = replace(field(WHITE, *red), scale=2.5)
    known = with_known_size(by_cells, 0.5, PBC)
    assert (known.scale, known.red_diameter, known.micrometres_per_pixel) == (2.5, 30, 0.5)


def test_a_square_photo_of_a_known_size_that_is_too_large_for_one_cell_is_a_field() -> None:
    square_photo = Field("x.png", 400, 400, (WHITE,), single_cell=True)
    assert with_known_size(square_photo, 0.05, PBC).single_cell
    assert not with_known_size(square_photo, 0.25, PBC).single_cell


@pytest.mark.parametrize(("size", "small"), [(0.5, True), (0.25, False)])
def test_a_known_size_tells_that_the_magnification_is_too_low(size: float, small: bool) -> None:
    assert with_known_size(field(WHITE), size, PBC).too_small is small


def test_nothing_known_changes_nothing() -> None:
    assert with_known_size(field(WHITE), None, PBC) == field(WHITE)
    assert with_known_size(field(WHITE), 0.25, None).scale is None
