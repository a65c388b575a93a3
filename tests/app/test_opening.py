"""Files that do not say what they are, on the pages Count and Read: what was done is said, and can be chosen."""

import io

import numpy as np
import pytest
import tifffile
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.synthetic.drawings import drawn_field
from tests.app.test_count import checked, counted_page, said, smear_of

pytestmark = pytest.mark.usefixtures("tiny_checkpoints", "no_photos")

FIELD = np.ascontiguousarray(drawn_field(3, (300, 400), 2).pixels)


def png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(file, "PNG")
    return file.getvalue()


def stack() -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, np.stack([FIELD, FIELD // 2 + 60, FIELD]), imagej=True, metadata={"axes": "ZYXS"})
    return file.getvalue()


def page(name: str, data: bytes, part: str = "Count") -> AppTest:
    return counted_page([(name, data, "image/png")], part, single=False)


def test_a_focus_stack_is_one_photo_until_a_person_says_otherwise():
    app = page("stack.tif", stack())
    assert len(smear_of(app).photos) == 1
    assert "of 3 planes of a focus stack was read" in said(app)
    app.toggle(key="pages-apart").set_value(True).run()
    checked(app)
    assert [photo.name for photo in smear_of(app).photos] == ["stack.tif, page 1", "stack.tif, page 2"]
    assert "stack.tif, page 3 shows the same picture as photo 1" in said(app)


def test_swapped_colours_are_said_and_offered_the_other_way_round():
    app = page("smear.png", png(FIELD[..., ::-1]))
    assert "red and blue look swapped" in said(app)
    app.toggle(key="swap-red-blue").set_value(True).run()
    checked(app)
    assert "red and blue look swapped" not in said(app)
    assert "red and blue were put the other way round" in said(app)


def test_a_grey_photo_has_no_colour_and_is_not_called_greener():
    app = page("smear.png", png(np.asarray(Image.fromarray(FIELD).convert("L"))), "Photos")
    assert "This photo has no colour" in said(app)
    assert "greener" not in said(app)


def test_transparency_that_hides_everything_is_dropped_and_said():
    app = page("smear.png", png(np.dstack([FIELD, np.zeros(FIELD.shape[:2], np.uint8)])))
    assert "its transparency was dropped" in said(app)
    assert smear_of(app).photos[0].field.count("red") > 0
