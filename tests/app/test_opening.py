"""Files that do not say what they are, on the pages Count and Read: what was done is said, and can be chosen."""

import io

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageDraw
from streamlit.testing.v1 import AppTest

from core.synthetic.drawings import drawn_cell, drawn_field
from tests.app.test_count import checked, counted_page, said, smear_of
from tests.app.test_pages import MAIN, PATIENCE

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
    assert smear_of(app).photos[0].name.startswith("stack.tif, page ")  # each is a photo, and counted once


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


def test_marks_are_said_and_painted_out():
    image = Image.fromarray(FIELD)
    ImageDraw.Draw(image).ellipse([100, 80, 190, 170], outline="red", width=3)
    app = page("smear.png", png(np.asarray(image)), "Photos")
    assert "marks are drawn on this photo" in said(app)


def test_a_cut_out_is_said_to_be_one():
    cell = drawn_cell("neutrophil", 3)
    rows, columns = np.mgrid[: cell.shape[0], : cell.shape[1]]
    middle = cell.shape[0] / 2
    cut = cell * ((rows - middle) ** 2 + (columns - middle) ** 2 < (0.7 * middle) ** 2)[..., None]
    assert "the cell was cut out on black" in said(page("cell.png", png(cut)))


def test_labels_of_an_npz_stand_beside_the_readings():
    file = io.BytesIO()
    cells = np.stack([drawn_cell(kind, 1) for kind in ("neutrophil", "monocyte")])
    np.savez(file, train_images=cells, train_labels=np.array([[6], [5]]))
    app = AppTest.from_file(MAIN, default_timeout=PATIENCE).run()
    app.file_uploader[0].set_value([("bloodmnist.npz", file.getvalue(), "application/octet-stream")]).run()
    checked(app)
    (table,) = [frame.value for frame in app.dataframe if "Label in the file" in frame.value]
    assert list(table["Label in the file"]) == ["6 (neutrophil)", "5 (monocyte)"]
