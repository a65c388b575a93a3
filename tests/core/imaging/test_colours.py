"""Photos without colour, and photos whose red and blue are swapped."""

import io

import numpy as np
import pytest
from PIL import Image

from core.imaging.colours import colour_finding
from core.imaging.decoding import Photo
from core.imaging.loading import unpack
from core.imaging.opening import Opening
from core.imaging.wording import change_phrases
from core.synthetic.drawings import drawn_field
from core.synthetic.examples import all_cells, all_fields

PICTURES = [
    *(field for field in (drawn_field(3, (300, 400), 3).pixels,)),
    *(np.asarray(Image.open(io.BytesIO(field.data())).convert("RGB")) for field in all_fields()),
    *(cell.pixels() for cell in all_cells()[::20]),
]


@pytest.mark.parametrize("pixels", PICTURES)
def test_what_is_as_it_should_be_gets_no_remark(pixels: np.ndarray):
    assert colour_finding(pixels) is None


@pytest.mark.parametrize("pixels", PICTURES)
def test_swapped_colours_are_seen(pixels: np.ndarray):
    assert colour_finding(pixels[..., ::-1]) == "swapped"


@pytest.mark.parametrize("quality", [None, 85])
def test_a_photo_without_colour(quality: int | None):
    file = io.BytesIO()
    grey = Image.fromarray(PICTURES[0]).convert("L").convert("RGB")
    grey.save(file, "JPEG" if quality else "PNG", **({"quality": quality} if quality else {}))
    assert colour_finding(np.asarray(Image.open(file))) == "no colour"


@pytest.mark.parametrize("colour", [(240, 236, 228), (240, 238, 236), (255, 255, 255), (0, 0, 0)])
def test_a_blank_photo_is_not_judged(colour: tuple[int, int, int]):
    assert colour_finding(np.full((300, 300, 3), colour, np.uint8)) is None


def test_a_person_may_swap_them_back():
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(PICTURES[0][..., ::-1])).save(file, "PNG")
    (photo,) = unpack("smear.png", file.getvalue(), Opening(swap=True))
    assert isinstance(photo, Photo)
    assert np.array_equal(photo.pixels, PICTURES[0])
    assert change_phrases(photo.changes) == "red and blue were put the other way round"
