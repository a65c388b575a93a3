"""A bar is as long as it says, and there is none where nobody knows the scale or two sources contradict each other."""

from dataclasses import replace

import numpy as np
import pytest

from app.shared import scale_bar
from core.imaging.fields import RED_CELL, Detection, Field
from core.imaging.windows import square

GREY = np.full((300, 400, 3), 128, np.uint8)
RED_CELLS = Field("a.png", 400, 300, tuple(Detection(square(60 * n, 60, 50), "red", 0.9) for n in range(1, 5)))


@pytest.mark.parametrize("pixel_size", [0.05, 0.1, 0.16, 0.5, 1.9])
def test_the_bar_is_as_long_as_it_says_and_leaves_the_picture_room(pixel_size):
    length = scale_bar.length_for(400 * pixel_size)
    drawn = scale_bar.drawn(GREY, pixel_size)
    ink = (drawn == scale_bar.INK).all(axis=2).sum(axis=1).max()
    assert ink == pytest.approx(length / pixel_size, abs=1)
    assert 0.08 < ink / 400 < 0.31
    assert (drawn[:150] == 128).all()
    assert scale_bar.label(length) == f"{length}\u00a0µm"


@pytest.mark.parametrize("pixel_size", [None, 0.0001])
def test_without_a_scale_there_is_no_bar(pixel_size):
    assert scale_bar.drawn(GREY, pixel_size) is GREY


def test_red_cells_tell_the_scale_where_nothing_else_does_and_what_contradicts_them_tells_none():
    assert RED_CELLS.pixel_size == pytest.approx(RED_CELL / 50)
    assert "red cells" in scale_bar.in_words(RED_CELLS)
    given = replace(RED_CELLS, micrometres_per_pixel=0.16)
    assert given.pixel_size == 0.16
    assert "given" in scale_bar.in_words(given)
    wrong = replace(RED_CELLS, micrometres_per_pixel=0.01)
    assert not wrong.sizes_agree
    assert wrong.pixel_size is None
    assert scale_bar.in_words(wrong) == scale_bar.in_words(replace(RED_CELLS, cells=())) == ""
