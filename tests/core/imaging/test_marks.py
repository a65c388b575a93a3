"""Marks that somebody drew are found, painted out and said; what nobody drew on stays as it is."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw

from core.imaging.changes import ChangeKind
from core.imaging.decoding import Photo
from core.imaging.loading import unpack
from core.imaging.marks import marks_in, without_marks
from core.imaging.opening import Opening
from core.imaging.wording import change_phrases
from core.synthetic.drawings import drawn_field
from core.synthetic.examples import all_cells, all_fields

FIELD = drawn_field(3, (300, 400), 3).pixels


def drawn(kind: str, colour: str) -> np.ndarray:
    image = Image.fromarray(FIELD)
    draw = ImageDraw.Draw(image)
    if kind == "outline":
        draw.ellipse([100, 80, 190, 170], outline=colour, width=3)
    elif kind == "arrow":
        draw.line([60, 60, 110, 110], fill=colour, width=3)
        draw.polygon([(118, 118), (104, 110), (110, 104)], fill=colour)
    elif kind == "scale bar":
        draw.rectangle([280, 270, 380, 275], fill=colour)
        draw.text((310, 252), "20 µm", fill=colour)
    else:
        draw.ellipse([100, 80, 160, 140], fill=colour)
    return np.asarray(image)


def written(pixels: np.ndarray, form: str = "PNG", **options: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, form, **options)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["outline", "arrow", "scale bar", "painted cell"])
@pytest.mark.parametrize("colour", ["red", "lime", "yellow", "blue", "black", "magenta", "cyan", "orange"])
def test_a_mark_is_painted_out_and_said(kind: str, colour: str):
    pixels = drawn(kind, colour)
    (photo,) = unpack("smear.png", written(pixels))
    assert isinstance(photo, Photo)
    assert "marks are drawn on this photo" in change_phrases(photo.changes)
    changed = np.abs(pixels.astype(int) - FIELD).max(axis=2) > 60
    left = np.abs(photo.pixels.astype(int) - pixels).max(axis=2) < 10
    assert (left & changed).sum() <= 0.15 * changed.sum()  # strokes of letters may be too small to tell
    far = np.ones(FIELD.shape[:2], dtype=bool)
    far[40:190, 40:210] = far[240:290, 270:390] = False
    assert np.array_equal(photo.pixels[far], FIELD[far])


@pytest.mark.parametrize("colour", ["red", "lime", "black"])
@pytest.mark.parametrize("ends", [0, 8])
@pytest.mark.parametrize("plate", [False, True])
def test_the_length_of_a_scale_bar_is_kept_and_gives_the_size_of_a_pixel(colour: str, ends: int, plate: bool):
    image = Image.fromarray(FIELD)
    draw = ImageDraw.Draw(image)
    if plate:
        draw.rectangle([240, 255, 390, 290], fill="white")
    draw.rectangle([260, 272, 379, 275], fill=colour)
    for end in (260, 378) if ends else ():
        draw.rectangle([end, 272 - ends, end + 1, 275 + ends], fill=colour)
    draw.text((305, 258), "20 µm", fill=colour)
    (photo,) = unpack("smear.png", written(np.asarray(image)), Opening(scale_bar=20))
    assert isinstance(photo, Photo)
    assert "a scale bar 120 pixels long is drawn" in change_phrases(photo.changes)
    assert photo.micrometres_per_pixel == pytest.approx(20 / 120)


def _arrow(draw: ImageDraw.ImageDraw) -> None:
    draw.line([60, 60, 150, 60], fill="red", width=3)
    draw.polygon([(166, 60), (148, 52), (148, 68)], fill="red")


def _two_bars(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle([40, 270, 140, 274], fill="red")
    draw.rectangle([240, 270, 300, 274], fill="red")


def _frame(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle([80, 90, 260, 130], outline="red", width=3)
    draw.rectangle([0, 280, 399, 284], fill="red")


@pytest.mark.parametrize("draw", [_arrow, _two_bars, _frame])
def test_what_may_be_no_scale_bar_has_no_length(draw: Callable[[ImageDraw.ImageDraw], None]):
    image = Image.fromarray(FIELD)
    draw(ImageDraw.Draw(image))
    (photo,) = unpack("smear.png", written(np.asarray(image)), Opening(scale_bar=20))
    assert isinstance(photo, Photo)
    assert "marks are drawn" in change_phrases(photo.changes)
    assert "scale bar" not in change_phrases(photo.changes)
    assert photo.micrometres_per_pixel is None


@pytest.mark.parametrize("kind", ["outline", "arrow", "scale bar", "painted cell"])
@pytest.mark.parametrize("colour", ["red", "lime", "yellow"])
def test_a_mark_is_found_after_compression(kind: str, colour: str):
    (photo,) = unpack("smear.jpg", written(drawn(kind, colour), "JPEG", quality=85))
    assert isinstance(photo, Photo)
    assert "marks are drawn on this photo" in change_phrases(photo.changes)
    bars = [change.number for change in photo.changes if change.kind is ChangeKind.SCALE_BAR]
    assert bars == [pytest.approx(101, abs=3)] if kind == "scale bar" else not bars


@pytest.mark.parametrize(
    "pixels",
    [
        FIELD,
        *(np.asarray(Image.open(io.BytesIO(field.data())).convert("RGB")) for field in all_fields()),
        *(cell.pixels() for cell in all_cells()[::10]),
        np.full((300, 300, 3), 255, np.uint8),
        np.zeros((300, 300, 3), np.uint8),
    ],
)
def test_a_photo_without_marks_keeps_every_pixel(pixels: np.ndarray):
    photo = Photo("smear", pixels)
    assert without_marks(photo) is photo


def test_black_around_an_eyepieces_view_is_no_mark():
    rows, columns = np.mgrid[:300, :400]
    view = FIELD * ((rows - 150) ** 2 + (columns - 200) ** 2 < 140**2)[..., None]
    assert marks_in(np.ascontiguousarray(view))[1] == 0
