"""Clumps of platelets: violet discs close together are one, the same discs apart are none."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from core.detection.clumps import clumps
from core.imaging.fields import Detection, Field
from core.synthetic.drawings import drawn_field
from tests.core.detection.conftest import kind_of

SIZE = (480, 640)
DRAWING = drawn_field(4, SIZE, 2)
VIOLET, LAVENDER, ORANGE, GREY = (120, 70, 150), (170, 130, 190), (210, 140, 80), (110, 108, 106)


def field() -> Field:
    """The drawn field as a detector finds it."""
    cells = tuple(Detection(cell.box, kind_of(cell.label), 0.9) for cell in DRAWING.cells)
    return Field("x.png", SIZE[1], SIZE[0], cells)


def with_discs(step: float, colour: tuple[int, int, int], radius: float, number: int = 14) -> np.ndarray:
    """The field with discs on a spiral around a place without white cells, so many of radii apart."""
    image = Image.fromarray(DRAWING.pixels)
    draw, white = ImageDraw.Draw(image), [cell.box.centre for cell in DRAWING.cells if kind_of(cell.label) == "white"]
    spots = [(x, y) for x in range(120, 540, 20) for y in range(120, 380, 20)]
    middle = max(spots, key=lambda spot: min(np.hypot(spot[0] - x, spot[1] - y) for x, y in white))
    for n in range(number):
        angle, reach = 2.4 * n, step * radius * n**0.5
        x, y = middle[0] + reach * np.cos(angle), middle[1] + reach * np.sin(angle)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    return np.asarray(image.filter(ImageFilter.GaussianBlur(0.7)))


RADIUS = 0.13 * (field().red_diameter or 0)


def test_a_field_as_it_is_has_none() -> None:
    assert clumps(DRAWING.pixels, field()) == 0


@pytest.mark.parametrize("colour", [VIOLET, LAVENDER])
@pytest.mark.parametrize("step", [1.4, 1.9])
def test_fourteen_violet_discs_close_together_are_one(colour: tuple[int, int, int], step: float) -> None:
    assert clumps(with_discs(step, colour, RADIUS), field()) == 1


@pytest.mark.parametrize(
    ("step", "colour", "number"), [(6, VIOLET, 14), (1.6, VIOLET, 4), (1.6, ORANGE, 14), (1.6, GREY, 14)]
)
def test_discs_apart_few_or_of_another_colour_are_none(step: float, colour: tuple[int, int, int], number: int) -> None:
    assert clumps(with_discs(step, colour, RADIUS, number), field()) == 0


def test_without_red_cells_nothing_tells_what_is_small() -> None:
    assert clumps(with_discs(1.5, VIOLET, RADIUS), Field("x.png", SIZE[1], SIZE[0])) == 0
