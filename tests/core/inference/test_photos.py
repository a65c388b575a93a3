"""Read and Count find and read the same: the same windows, probabilities and verdicts, to the last digit."""

import numpy as np
import pytest
from PIL import Image

from core.checkpoints import find_checkpoint
from core.detection.detector import Detector
from core.detection.loading import load_detector
from core.errors import CheckpointError
from core.imaging.decoding import Photo
from core.imaging.windows import BEYOND
from core.inference.photos import FieldReader, ReadField
from core.inference.reader import Reader
from core.inference.smear import count_smear
from core.synthetic.drawings import drawn_cell, drawn_field, through_an_eyepiece

PHOTOS = [
    Photo("cell.png", drawn_cell("monocyte", 3, 360)),
    Photo("field.png", drawn_field(3, (480, 640), 3).pixels),
    Photo("portrait.png", drawn_field(7, (640, 480), 4).pixels),
    Photo("eyepiece.png", through_an_eyepiece(drawn_field(1, (720, 960), 4).pixels)),
    Photo("none.png", drawn_field(5, (480, 640), 0).pixels),
]


@pytest.fixture(scope="module")
def detector() -> Detector:
    return load_detector()


@pytest.fixture(scope="module")
def reader() -> Reader:
    try:
        return Reader(find_checkpoint("simple_cnn"))
    except CheckpointError as error:
        pytest.skip(f"no checkpoints here: {error}")


@pytest.fixture(scope="module")
def read(reader, detector) -> list[ReadField]:
    return FieldReader(reader, detector).read(PHOTOS)


def test_read_and_count_agree_to_the_last_digit(read, reader, detector):
    smear = count_smear(PHOTOS, reader, detector, pictures=False)
    for number, field in enumerate(read, 1):
        counted = [cell for cell in smear.of(number) if cell.probabilities is not None]
        assert [cell.number for cell in counted] == [cell.number for cell in field.cells if cell.reading]
        for cell, reading in zip(counted, field.readings, strict=True):
            assert cell.window == reading.box
            assert cell.probabilities == reading.probabilities
            assert (cell.label, cell.verdict, cell.distance) == (reading.label, reading.verdict, reading.distance)


def test_a_cell_is_read_once_and_a_field_cell_by_cell(read):
    cell, field, *_, none = read
    assert cell.field.single_cell
    assert len(cell.readings) == 1
    assert not field.field.single_cell
    assert len(field.readings) == 3
    assert field.foremost in field.readings
    assert none.foremost is None


def test_what_is_read_lies_in_the_light(read, reader):
    field = read[3]
    height, width = PHOTOS[3].pixels.shape[:2]
    assert field.readings
    for cell in field.field:
        x, y = cell.box.centre
        assert np.hypot(x - width / 2, y - height / 2) < 0.5 * height
    for reading in field.readings:
        dark = reader.crop(PHOTOS[3], reading.box).max(axis=2) < 40
        assert dark.mean() < BEYOND


@pytest.mark.parametrize("side", [28, 60, 360])
def test_no_window_that_is_read_leaves_its_photo_by_more_than_a_quarter(reader, detector, side):
    pixels = np.asarray(Image.fromarray(drawn_field(3, (480, 640), 3).pixels).resize((side, side * 3 // 4)))
    pictures = [Photo("a", pixels), Photo("b", drawn_cell("ig", 2, side)), Photo("c", np.rot90(pixels).copy())]
    for photo, field in zip(pictures, FieldReader(reader, detector).read(pictures), strict=True):
        height, width = photo.pixels.shape[:2]
        for box in (reading.box for reading in field.readings):
            beyond = max(-box.left, -box.top, box.right - width, box.bottom - height)
            assert beyond <= BEYOND * box.width + 1e-6
