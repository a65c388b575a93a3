"""Files that do not say what they are, on the pages Count and Read: what was done is said, and can be chosen."""

import io

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageDraw
from streamlit.testing.v1 import AppTest

from core.imaging import slides
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


def tiff(values: np.ndarray, **options: object) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, values, **options)
    return file.getvalue()


def test_what_each_file_is_and_what_was_done_to_it_is_said(monkeypatch: pytest.MonkeyPatch):
    """Colours as pages, 16 bits of which a part is used, nothing but transparency, a slide of two regions."""
    monkeypatch.setattr(slides, "MAX_PIXELS", FIELD.shape[0] * FIELD.shape[1])
    monkeypatch.setattr(slides, "REGION", 400)
    fields = [np.ascontiguousarray(drawn_field(seed, (300, 400), 2).pixels) for seed in range(11, 15)]
    app = counted_page(
        [
            ("colours.tif", tiff(fields[0].transpose(2, 0, 1), imagej=True, metadata={"axes": "CYX"}), "image/tiff"),
            ("deep.tif", tiff(fields[1].astype(np.uint16) * 16, photometric="rgb"), "image/tiff"),
            ("clear.png", png(np.dstack([FIELD, np.zeros(FIELD.shape[:2], np.uint8)])), "image/png"),
            ("slide.svs", tiff(np.hstack(fields[2:]), photometric="rgb", tile=(64, 64)), "image/tiff"),
            ("scan.czi", b"ZISRAWFILE" + bytes(600), "image/tiff"),
        ],
        single=False,
    )
    photos = smear_of(app).photos
    assert [photo.name for photo in photos] == [
        "colours.tif", "deep.tif", "clear.png", "slide.svs, region at 0, 0", "slide.svs, region at 400, 0",
    ]  # fmt: skip
    assert all(photo.field.count("red") > 0 for photo in photos)
    text = said(app)
    for phrase in (
        "three grey pages were read as red, green and blue",
        "12-bit picture was scaled to 8 bit",
        "transparent all over; its transparency was dropped",
        "a region of a slide, of which 2 of 2 regions with cells were read",
        "is a Zeiss microscope file (CZI), which cannot be read here; export a region",
    ):
        assert phrase in text


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
