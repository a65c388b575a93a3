"""A cell that was cut out is the same photo on black and on transparent, and is said to be cut out."""

import io

import numpy as np
import pytest
from PIL import Image

from core.imaging.cut_outs import LARGEST, black_ground
from core.imaging.decoding import Photo
from core.imaging.loading import unpack
from core.imaging.wording import change_phrases
from core.synthetic.drawings import drawn_cell, drawn_field

CELL = drawn_cell("neutrophil", 3)
ROWS, COLUMNS = np.mgrid[: CELL.shape[0], : CELL.shape[1]]
MIDDLE, RADIUS = CELL.shape[0] / 2, 0.35 * CELL.shape[0]
INSIDE = (ROWS - MIDDLE) ** 2 + (COLUMNS - MIDDLE) ** 2 < RADIUS**2


def opened(pixels: np.ndarray, form: str = "PNG") -> Photo:
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(file, form)
    (photo,) = unpack("cell", file.getvalue())
    assert isinstance(photo, Photo)
    return photo


def test_on_black_and_on_transparent_it_is_the_same_photo():
    black = opened(CELL * INSIDE[..., None])
    clear = opened(np.dstack([CELL, np.where(INSIDE, 255, 0).astype(np.uint8)]))
    assert np.array_equal(black.pixels, clear.pixels)
    assert np.array_equal(black.pixels[INSIDE], CELL[INSIDE])
    assert (black.pixels[~INSIDE] == 255).all()
    assert change_phrases(black.changes) == "the cell was cut out on black, which was made white"
    assert change_phrases(clear.changes) == "transparent parts were laid on white"


def test_compression_leaves_a_little_light_in_the_black():
    photo = opened(CELL * INSIDE[..., None], "JPEG")
    assert "cut out on black" in change_phrases(photo.changes)


@pytest.mark.parametrize("pixels", [CELL, np.zeros((200, 200, 3), np.uint8), drawn_field(3, (300, 400), 2).pixels])
def test_what_was_not_cut_out_stays_as_it_is(pixels: np.ndarray):
    assert black_ground(pixels) is None


def test_a_view_through_an_eyepiece_was_not_cut_out():
    side = LARGEST + 1
    assert black_ground(np.zeros((side, side, 3), np.uint8)) is None
