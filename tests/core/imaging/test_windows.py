"""Boxes, and how a box becomes pixels."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torchvision.transforms import v2

from core.imaging.windows import BEYOND, Box, centre_window, cut, held, largest_square, overlap, square, whole


def picture(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


@given(st.integers(200, 700), st.integers(200, 700))
def test_the_central_window_is_torchvisions(height, width):
    rows, columns = np.mgrid[:height, :width]
    where = torch.from_numpy(np.stack([columns, rows])).int()
    middle = v2.functional.center_crop(where, [200, 200])
    box = centre_window(width, height)
    assert (box.left, box.top) == (int(middle[0, 0, 0]), int(middle[1, 0, 0]))


def test_a_cut_at_its_own_size_copies_pixels():
    pixels = picture(30, 40)
    assert np.array_equal(cut(pixels, Box(5, 7, 25, 27), 20), pixels[7:27, 5:25])


def test_beyond_the_edge_lies_the_mirror_image():
    pixels = picture(30, 30)
    seen = cut(pixels, Box(-10, 0, 20, 30), 30)
    assert np.array_equal(seen[:, :10], pixels[:, :10][:, ::-1])
    assert np.array_equal(seen[:, 10:], pixels[:, :20])


@given(
    st.integers(16, 90),
    st.integers(16, 90),
    st.floats(-60, 120),
    st.floats(-60, 120),
    st.floats(8, 160),
    st.integers(8, 64),
)
def test_any_box_gives_a_square_of_the_size_asked(height, width, x, y, side, size):
    seen = cut(picture(height, width), square(x, y, side), size)
    assert seen.shape == (size, size, 3)
    assert seen.dtype == np.uint8


sizes, places = st.integers(8, 5000), st.floats(-9000, 9000)


@given(sizes, sizes, places, places, st.floats(1, 20_000), st.floats(1, 20_000))
def test_no_window_leaves_its_photo_by_more_than_a_quarter_of_its_side(width, height, left, top, wide, high):
    box = Box(left, top, left + wide, top + high)
    kept = held(box, width, height)
    beyond = max(-kept.left, kept.right - width) / kept.width, max(-kept.top, kept.bottom - height) / kept.height
    assert max(beyond) <= BEYOND + 1e-6
    assert kept.width <= box.width * (1 + 1e-9)
    assert kept.width / kept.height == pytest.approx(box.width / box.height, rel=1e-6)
    again = held(kept, width, height)
    assert again.as_tuple() == pytest.approx(kept.as_tuple(), abs=1e-6)


@given(sizes, sizes, st.floats(0, 1), st.floats(0, 1), st.floats(0.01, 1))
def test_a_window_within_its_photo_stays_as_it_is(width, height, x, y, share):
    side = share * min(width, height)
    left, top = x * (width - side), y * (height - side)
    box = Box(left, top, left + side, top + side)
    assert held(box, width, height) is box or held(box, width, height).as_tuple() == pytest.approx(box.as_tuple())


def test_overlap_of_equal_apart_and_half():
    box = Box(0, 0, 10, 10)
    assert overlap(box, box) == 1
    assert overlap(box, Box(20, 20, 30, 30)) == 0
    assert overlap(box, Box(0, 0, 10, 20)) == pytest.approx(0.5)


def test_plain_windows():
    assert whole(40, 30) == Box(0, 0, 40, 30)
    assert largest_square(40, 30) == Box(5, 0, 35, 30)
    with pytest.raises(ValueError, match="positive"):
        Box(3, 0, 3, 5)
