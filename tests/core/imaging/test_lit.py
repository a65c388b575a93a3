"""The lit part of a photo: found in drawn photos through an eyepiece and in black borders, and nowhere else."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.imaging.lit import lit_part
from core.imaging.windows import Box, square
from core.synthetic.drawings import CELL_CLASSES, drawn_cell, drawn_field, through_an_eyepiece


@settings(max_examples=20, deadline=None)
@given(
    st.integers(600, 1600), st.integers(600, 1600), st.floats(0.4, 0.95), st.floats(0.45, 0.55), st.floats(0.45, 0.55)
)
def test_the_round_view_of_an_eyepiece_is_found(width, height, share, x, y):
    pixels = np.full((height, width, 3), 225, np.uint8)
    radius = share * min(width, height) / 2
    lit = lit_part(through_an_eyepiece(pixels, (x, y), share))
    assert lit is not None
    assert lit.box.centre == pytest.approx((x * width, y * height), abs=0.03 * max(width, height))
    assert 0.85 * radius < lit.box.width / 2 <= 1.02 * radius
    assert lit.share(square(x * width, y * height, radius)) == 1
    assert lit.share(square(4, 4, 8)) == 0


def test_black_borders_are_left_out():
    pixels = np.zeros((900, 1200, 3), np.uint8)
    pixels[100:800, 200:1000] = drawn_field(1, (700, 800), 2).pixels
    lit = lit_part(pixels)
    assert lit is not None
    assert lit.box.as_tuple() == pytest.approx((200, 100, 1000, 800), abs=40)


@pytest.mark.parametrize("seed", range(4))
def test_a_photo_that_is_lit_all_over_has_no_lit_part(seed):
    assert lit_part(drawn_field(seed, (480, 640), 3).pixels) is None
    assert lit_part(drawn_cell(CELL_CLASSES[seed], seed, 360)) is None


def test_a_black_photo_is_taken_whole():
    assert lit_part(np.zeros((600, 800, 3), np.uint8)) is None


def test_what_is_cut_out_is_lit_all_over():
    pixels = through_an_eyepiece(drawn_field(2, (900, 900), 3).pixels, (0.5, 0.5), 0.8)
    lit = lit_part(pixels)
    assert lit is not None
    part = lit.cut_out(pixels)
    assert part.shape[:2] == (lit.box.height, lit.box.width)
    assert part.max(axis=2).min() > 40
    middle = Box(440, 440, 460, 460)
    left, top = round(440 - lit.box.left), round(440 - lit.box.top)
    assert np.array_equal(part[top : top + 20, left : left + 20], pixels[440:460, 440:460])
    assert lit.share(middle) == 1
