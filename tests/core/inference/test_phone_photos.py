"""Photos as phones take them: turned, of 12 megapixels, through an eyepiece, in black borders; the answers stay."""

import io
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.checkpoints import find_checkpoint
from core.detection.detector import Detector
from core.detection.loading import load_detector
from core.errors import CheckpointError
from core.imaging.decoding import Photo, open_photo
from core.imaging.fields import Detection, Field, reading_window
from core.imaging.windows import BEYOND, Box, overlap, square
from core.inference.photos import FieldReader, ReadField
from core.inference.reader import Reader, Reading
from core.inference.smear import count_smear
from core.synthetic.drawings import drawn_field, through_an_eyepiece

FIELD = drawn_field(3, (480, 640), 3).pixels
STORED = {
    1: lambda pixels: pixels,
    2: lambda pixels: pixels[:, ::-1],
    3: lambda pixels: pixels[::-1, ::-1],
    4: lambda pixels: pixels[::-1],
    5: lambda pixels: pixels.transpose(1, 0, 2),
    6: lambda pixels: np.rot90(pixels),
    7: lambda pixels: pixels.transpose(1, 0, 2)[::-1, ::-1],
    8: lambda pixels: np.rot90(pixels, -1),
}
"""By EXIF's orientation, how a camera stores what a viewer shows upright (EXIF 2.32, 4.6.4 A, tag 274)."""
SAME = 0.8
"""Overlap from which two windows are around the same cell."""
ALIKE = 0.1
"""Most by which a probability may differ between two pictures of one cell."""


@pytest.fixture(scope="module")
def detector() -> Detector:
    return load_detector()


def reader_of(name: str) -> Reader:
    try:
        return Reader(find_checkpoint(name))
    except CheckpointError as error:
        pytest.skip(f"no checkpoints here: {error}")


@pytest.fixture(scope="module")
def reader() -> Reader:
    return reader_of("champion")


@pytest.fixture(scope="module")
def field_reader(reader, detector) -> FieldReader:
    return FieldReader(reader, detector)


@pytest.fixture(scope="module")
def upright(field_reader) -> ReadField:
    (field,) = field_reader.read([Photo("upright.png", FIELD)])
    assert len(field.readings) == 3
    return field


def pairs(field: ReadField, upright: ReadField, place=lambda box: box) -> Iterator[tuple[Reading, Reading]]:
    """Every cell of the upright photo, and as it is read in this one, in the same window.

    place: of a box in this photo, where it lies in the upright one.
    """
    assert len(field.readings) == len(upright.readings)
    for wanted in upright.readings:
        reading = max(field.readings, key=lambda one: overlap(place(one.box), wanted.box))
        assert overlap(place(reading.box), wanted.box) > SAME
        yield reading, wanted


def check_same(field: ReadField, upright: ReadField, place=lambda box: box) -> None:
    """Every cell of the upright photo is read in this one too, in the same window and with the same answer."""
    for reading, wanted in pairs(field, upright, place):
        assert (reading.label, reading.verdict) == (wanted.label, wanted.verdict)
        assert reading.probabilities.values == pytest.approx(wanted.probabilities.values, abs=ALIKE)


def jpeg(pixels: np.ndarray, orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(file, "JPEG", quality=95, exif=exif.tobytes())
    return file.getvalue()


@pytest.mark.parametrize("orientation", STORED)
def test_a_photo_is_read_alike_however_the_phone_was_held(field_reader, upright, orientation):
    photo = open_photo(jpeg(STORED[orientation](FIELD), orientation), "phone.jpg")
    assert photo.pixels.shape == FIELD.shape
    (field,) = field_reader.read([photo])
    check_same(field, upright)


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_photo_turned_by_quarters_is_read_alike(field_reader, upright, turns):
    (field,) = field_reader.read([Photo("turned.png", np.rot90(FIELD, turns).copy())])
    check_same(field, upright, lambda box: turned_back(box, turns))


def turned_back(box: Box, turns: int) -> Box:
    """Where a box of FIELD, turned so many quarters to the left, lies in FIELD itself."""
    height, width = np.rot90(FIELD, turns).shape[:2]
    for _ in range(turns):
        box = Box(height - box.bottom, box.left, height - box.top, box.right)
        height, width = width, height
    return box


def test_a_photo_of_twelve_megapixels_is_read_like_a_small_one(field_reader, upright):
    large = np.asarray(Image.fromarray(FIELD).resize((4032, 3024), Image.Resampling.BICUBIC))
    (field,) = field_reader.read([Photo("large.png", large)])
    factor = 4032 / FIELD.shape[1]
    check_same(field, upright, lambda box: Box(*(edge / factor for edge in box.as_tuple())))


def test_a_field_in_black_borders_is_read_like_the_field_alone(field_reader, upright):
    """Where a window reaches into the black, nothing rather than something else is answered."""
    left, top, (height, width) = 130, 140, FIELD.shape[:2]
    bordered = np.zeros((760, 900, 3), np.uint8)
    bordered[top : top + height, left : left + width] = FIELD
    (field,) = field_reader.read([Photo("bordered.png", bordered)])
    lit = 0
    for reading, wanted in pairs(field, upright, lambda box: moved(box, -left, -top)):
        box = moved(reading.box, -left, -top)
        inside = box.left >= 0 and box.top >= 0 and box.right <= width and box.bottom <= height
        lit += inside
        assert reading.label == wanted.label
        assert reading.verdict in ({wanted.verdict} if inside else {wanted.verdict, "unlike", "unsure"})
    assert lit


def moved(box: Box, x: float, y: float) -> Box:
    return Box(box.left + x, box.top + y, box.right + x, box.bottom + y)


def test_read_and_count_agree_on_phone_photos(detector):
    reader = reader_of("simple_cnn")
    eyepiece = np.rot90(through_an_eyepiece(drawn_field(1, (720, 960), 4).pixels)).copy()
    photos = [Photo("turned.png", eyepiece), open_photo(jpeg(STORED[6](FIELD), 6), "phone.jpg")]
    smear = count_smear(photos, reader, detector, pictures=False)
    for number, field in enumerate(FieldReader(reader, detector).read(photos), 1):
        counted = {cell.number: cell for cell in smear.of(number) if cell.probabilities is not None}
        assert field.readings
        assert set(counted) == {reading.cell for reading in field.readings}
        for reading in field.readings:
            cell = counted[reading.cell]
            assert (cell.window, cell.label, cell.verdict) == (reading.box, reading.label, reading.verdict)


sides = st.integers(16, 4500)


@settings(max_examples=150, deadline=None)
@given(sides, sides, st.floats(0, 1), st.floats(0, 1), st.floats(2, 3000), st.one_of(st.none(), st.floats(0.02, 20)))
def test_no_window_of_any_cell_leaves_its_photo_by_more_than_a_quarter(reader, width, height, x, y, side, scale):
    photo = Photo("any.png", np.broadcast_to(np.uint8(200), (height, width, 3)))
    cell = Detection(square(x * width, y * height, side), "white", 1.0)
    window = reading_window(cell, Field("any.png", width, height, (cell,), scale))
    (framing,) = reader.frame([photo], [window])
    box = framing.box
    beyond = max(-box.left, -box.top, box.right - width, box.bottom - height)
    assert beyond <= BEYOND * box.width + 1e-6
    assert box.width == pytest.approx(box.height)
