"""Framing: plain windows stay exact, others are found, on real whole originals and cut views of them."""

import numpy as np
import pytest

from core.detection.loading import load_localizer
from core.detection.localizer import Localizer, LocalizerNet, localizer_input, settle
from core.detection.notes import is_cut
from core.imaging.decoding import open_photo
from core.imaging.fields import Detection, DetectorIdentity, Field
from core.imaging.windows import Box, centre_window, cut, largest_square, overlap, square


@pytest.fixture(scope="module")
def localizer() -> Localizer:
    return load_localizer()


def originals(data_root) -> list[np.ndarray]:
    files = sorted((data_root / "pbc-originals").glob("*/*.jpg"))[::4]
    return [open_photo(file.read_bytes(), file.name).pixels for file in files]


def test_a_window_near_pbcs_is_taken_as_pbcs():
    pixels = np.zeros((363, 360, 3), np.uint8)
    framing = settle(pixels, square(185, 178, 210))
    assert (framing.box, framing.how) == (centre_window(360, 363), "as trained")


def test_a_picture_that_is_framed_already_is_taken_whole():
    framing = settle(np.zeros((64, 60, 3), np.uint8), square(30, 31, 66))
    assert (framing.box, framing.how) == (largest_square(60, 64), "as trained")


def test_any_other_window_is_taken_as_found():
    box = square(100, 90, 60)
    assert settle(np.zeros((240, 320, 3), np.uint8), box).box == box


@pytest.mark.parametrize("shape", [(16, 16), (40, 200), (500, 90)])
def test_any_shape_of_photo_has_a_window(shape):
    localizer = Localizer(LocalizerNet())
    (framing,) = localizer.frame([np.zeros((*shape, 3), np.uint8)])
    assert framing.box.width > 0
    assert localizer_input([np.zeros((*shape, 3), np.uint8)]).shape == (1, 3, 96, 96)
    assert localizer.frame([]) == []


class Marks:
    """A detector that marks one white cell, or nothing."""

    identity = DetectorIdentity("network")

    def __init__(self, box: Box | None, scale: float | None = None) -> None:
        self.box, self.scale = box, scale

    def boxes(self, pixels, progress=None):
        raise NotImplementedError

    def find(self, photo, progress=None):
        width, height = photo.pixels.shape[1::-1]
        cells = (Detection(self.box, "white", 0.9, is_cut(self.box, width, height)),) if self.box else ()
        return Field(photo.name, *photo.pixels.shape[1::-1], cells, self.scale)


class Wide(Localizer):
    """Proposes a window of thrice the photo."""

    def find(self, pictures):
        return [square(p.shape[1] / 2, p.shape[0] / 2, 3 * max(p.shape)) for p in pictures]


@pytest.mark.parametrize(
    ("marks", "window"),
    [
        (Marks(square(150, 140, 120)), square(150, 140, 180)),
        (Marks(square(150, 140, 120), scale=0.9), square(150, 140, 200 / 0.9)),
        (Marks(square(150, 140, 80), scale=0.9), square(150, 140, 160)),
        (Marks(square(150, 140, 140), scale=2.0), square(150, 140, 210)),
        (Marks(square(20, 20, 40)), Box(0, 0, 288, 288)),
        (Marks(square(144, 144, 286)), Box(-144, -144, 432, 432)),
        (Marks(None), Box(0, 0, 288, 288)),
        (None, Box(-144, -144, 432, 432)),
    ],
    ids=[
        "marked",
        "red cells ask for more",
        "for far more",
        "for less",
        "in a corner",
        "cut",
        "nothing marked",
        "nobody asked",
    ],
)
def test_another_window_than_a_plain_one_is_the_detectors(marks, window):
    (framing,) = Wide(LocalizerNet(), marks).frame([np.zeros((288, 288, 3), np.uint8)])
    assert framing.box.as_tuple() == pytest.approx(window.as_tuple())
    assert framing.how == "found"


def test_a_small_photo_is_enlarged_for_the_detector():
    (framing,) = Wide(LocalizerNet(), Marks(square(120, 116, 120))).frame([np.zeros((120, 120, 3), np.uint8)])
    assert framing.box.as_tuple() == pytest.approx(square(60, 58, 90).as_tuple())
    (tiny,) = Wide(LocalizerNet(), Marks(square(28, 28, 20))).frame([np.zeros((28, 28, 3), np.uint8)])
    assert tiny.box.width == 56


def test_whole_originals_are_framed_as_medmnist_frames_them(data_root, localizer):
    pictures = originals(data_root)
    framings = localizer.frame(pictures)
    exact = [f.box == centre_window(p.shape[1], p.shape[0]) for f, p in zip(framings, pictures, strict=True)]
    assert np.mean(exact) >= 0.9


@pytest.mark.parametrize("ratio", [0.6, 0.8, 1.2, 1.5])
def test_the_window_is_found_at_other_framings(data_root, localizer, ratio):
    """Cut square from the original and brought to 180 pixels, so that only the picture tells the scale."""
    overlaps = []
    for pixels in originals(data_root):
        view = centre_window(pixels.shape[1], pixels.shape[0], round(200 * ratio))
        side = 180 / ratio
        (framing,) = localizer.frame([cut(pixels, view, 180)])
        overlaps.append(overlap(framing.box, Box(90 - side / 2, 90 - side / 2, 90 + side / 2, 90 + side / 2)))
    assert np.median(overlaps) > 0.6
