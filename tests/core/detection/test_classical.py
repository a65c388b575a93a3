"""The classical way on a plain field, whose cells are known, and on pictures without any."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from core.detection.classical import ClassicalDetector, segmented
from core.detection.scale import RedCells
from core.evaluation.detection import overlaps
from core.imaging.decoding import Photo
from core.imaging.fields import KINDS
from core.synthetic.drawings import drawn_field

GROUND, RED, PLASM, NUCLEUS = (235, 225, 220), (205, 130, 140), (190, 165, 205), (80, 40, 130)


def stained_field() -> tuple[Image.Image, list[tuple[int, int, int, int]]]:
    """Eleven red cells of 60 pixels, two of which touch, and a white cell of 90; the red cells' boxes."""
    image = Image.new("RGB", (480, 360), GROUND)
    draw = ImageDraw.Draw(image)
    corners = [(20 + 110 * i, 20 + 240 * j) for i in range(4) for j in range(2)]
    corners += [(20, 140), (78, 140), (350, 150)]
    reds = [(x, y, x + 60, y + 60) for x, y in corners]
    for box in reds:
        draw.ellipse(box, fill=RED)
    draw.ellipse((200, 120, 290, 210), fill=PLASM)
    draw.ellipse((215, 135, 275, 195), fill=NUCLEUS)
    return image, reds


def test_cells_of_a_plain_field_are_found_and_touching_ones_parted():
    image, reds = stained_field()
    field = ClassicalDetector(RedCells(90.0, 1, 1)).find(Photo("plain", np.asarray(image)))
    assert (field.count("white"), field.count("platelet")) == (1, 0)
    found = np.array([cell.box.as_tuple() for cell in field.of("red")])
    shared = overlaps(np.array(reds, float), found)
    assert len(found) == len(reds)
    assert (shared.max(1) > 0.75).all()
    assert field.scale == pytest.approx(1.5, rel=0.08)
    assert not field.single_cell


@pytest.mark.parametrize(
    "pixels",
    [
        np.full((100, 140, 3), 255, np.uint8),
        np.zeros((100, 140, 3), np.uint8),
        np.random.default_rng(0).integers(0, 255, (64, 64, 3)).astype(np.uint8),
        np.random.default_rng(0).integers(200, 204, (64, 64, 3)).astype(np.uint8),
        np.full((16, 16, 3), 128, np.uint8),
    ],
)
def test_any_picture_gives_a_field(pixels):
    found = segmented(pixels)
    assert set(found.kinds) <= set(range(len(KINDS)))
    assert ((found.scores >= 0) & (found.scores <= 1)).all()
    ClassicalDetector(None).find(Photo("any", pixels))


def test_boxes_are_in_photo_pixels_though_it_works_on_a_smaller_one():
    drawn = drawn_field(3, (480, 640), cells=1)
    large = np.repeat(np.repeat(drawn.pixels, 3, 0), 3, 1)
    small, big = (ClassicalDetector(None).boxes(p) for p in (drawn.pixels, large))
    assert len(big.edges) == len(small.edges)
    assert np.abs(big.edges - 3 * small.edges).max() < 12
