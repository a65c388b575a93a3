"""Pictures of a card."""

import io

import numpy as np
import pytest
from PIL import Image

from app.shared import pictures
from core.imaging.windows import Box
from core.synthetic.drawings import MARK, is_drawing

GREY = np.full((100, 200, 3), 128, np.uint8)


@pytest.mark.parametrize("box", [Box(50, 10, 130, 90), Box(-50, -50, 250, 150), Box(300, 300, 400, 400)])
def test_a_box_is_drawn_wherever_it_is(box):
    drawn = pictures.boxed(GREY, box, 400)
    assert drawn.shape == (200, 400, 3)
    inside = box.left < 200 and box.top < 100
    assert (drawn != 128).any() == inside


def test_the_ground_is_the_box_or_the_models_own_pixels():
    crop = np.zeros((28, 28, 3), np.uint8)
    assert (pictures.ground(GREY, Box(0, 0, 100, 100), crop, coarse=False, side=56) == 128).all()
    assert (pictures.ground(GREY, Box(0, 0, 100, 100), crop, coarse=True, side=56) == 0).all()


def test_the_sheet_is_a_picture_that_says_when_it_shows_a_drawing():
    side = np.zeros((pictures.SIDE, pictures.SIDE, 3), np.uint8)
    data = pictures.sheet(side, side, "Neutrophil, 90 %", ["A line.", "Another, " * 40], MARK)
    assert Image.open(io.BytesIO(data)).width > 2 * pictures.SIDE
    assert is_drawing(data)
    assert not is_drawing(pictures.sheet(side, side, "Neutrophil", [], ""))
