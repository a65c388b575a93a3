"""Photos that show the same are known by what they show: planted in a generated field, and never found elsewhere."""

import io
from itertools import combinations

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from core.imaging.overlap import overlap_of
from core.imaging.tracing import trace_of
from core.synthetic.drawings import CELL_CLASSES, drawn_cell, drawn_field
from core.synthetic.examples import all_fields


@pytest.fixture(scope="module")
def fields():
    return [np.asarray(Image.open(io.BytesIO(field.data())).convert("RGB")) for field in all_fields()]


@pytest.fixture(scope="module")
def field(fields):
    return fields[0]


def compressed(pixels, quality=50):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file).convert("RGB"))


def resized(pixels, by):
    return cv2.resize(pixels, None, fx=by, fy=by, interpolation=cv2.INTER_AREA if by < 1 else cv2.INTER_CUBIC)


def rotated(pixels, degrees):
    """On a canvas that is white where the photo shows nothing."""
    image = Image.fromarray(pixels).rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=(255,) * 3)
    return np.asarray(image)


def marked(pixels):
    image = Image.fromarray(pixels.copy())
    ImageDraw.Draw(image).ellipse((200, 150, 320, 270), outline=(230, 0, 0), width=6)
    return np.asarray(image)


CHANGES = {
    "nothing": lambda pixels: pixels,
    "JPEG": compressed,
    "smaller": lambda pixels: resized(pixels, 0.6),
    "larger": lambda pixels: resized(pixels, 1.6),
    "a quarter turn": lambda pixels: np.rot90(pixels).copy(),
    "upside down": lambda pixels: np.rot90(pixels, 2).copy(),
    "darker": lambda pixels: (pixels * 0.8).astype(np.uint8),
    "a mark": marked,
}


def neighbours(field, share):
    """Two parts of a field that share that part of each other's width."""
    width = round(field.shape[1] / (2 - share))
    return field[:, :width].copy(), field[:, -width:].copy()


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("share", [0.1, 0.25, 0.6, 0.9])
def test_an_overlap_is_found_where_it_is(field, share, change):
    first, second = neighbours(field, share)
    found = overlap_of(trace_of(first), trace_of(change(second)))
    assert found is not None
    assert found.shared == pytest.approx(share, abs=0.06)


def test_the_map_leads_to_the_same_place(field):
    first, second = neighbours(field, 0.4)
    found = overlap_of(trace_of(first), trace_of(resized(second, 0.7)))
    shift = field.shape[1] - second.shape[1]
    x, y = found.transform[:, :2] @ [shift + 50, 200] + found.transform[:, 2]
    assert (x, y) == pytest.approx((35, 140), abs=1)
    back = found.inverse
    assert back.transform[:, :2] @ [x, y] + back.transform[:, 2] == pytest.approx((shift + 50, 200), abs=0.1)
    assert back.zoom == pytest.approx(1 / found.zoom)


COPIES = CHANGES | {
    "a quarter of its size": lambda pixels: resized(pixels, 0.25),
    "mirrored": lambda pixels: pixels[:, ::-1].copy(),
    "turned by 7 degrees": lambda pixels: rotated(pixels, 7),
    "turned by 135 degrees": lambda pixels: rotated(pixels, 135),
}


@pytest.mark.parametrize("change", COPIES.values(), ids=COPIES)
def test_a_copy_shows_all_of_it(field, change):
    found = overlap_of(trace_of(field), trace_of(change(field)))
    assert found is not None
    assert found.shared > 0.97
    assert found.area == pytest.approx(1, abs=0.2)


def test_a_part_is_smaller_than_the_whole(field):
    found = overlap_of(trace_of(field), trace_of(field[60:400, 100:500].copy()))
    assert found.shared > 0.99
    assert found.area == pytest.approx(340 * 400 / field[..., 0].size, rel=0.02)
    assert not found.turned


def test_fields_that_share_nothing_are_told_apart(fields):
    drawn = [drawn_field(seed, (480, 640), 3).pixels for seed in range(1, 5)]
    parts = [fields[0][:, :300].copy(), fields[0][:, 340:].copy()]
    traces = [trace_of(pixels) for pixels in (*fields[1:], *drawn, *parts)]
    assert [pair for pair in combinations(range(len(traces)), 2) if overlap_of(*(traces[i] for i in pair))] == []


def test_single_cells_are_told_apart_even_on_one_ground():
    traces = [trace_of(drawn_cell(kind, seed)) for kind in CELL_CLASSES for seed in (1, 2, 3)]
    assert [pair for pair in combinations(traces, 2) if overlap_of(*pair, shifts=False)] == []


def test_empty_and_tiny_pictures_share_nothing():
    blank = trace_of(np.full((300, 400, 3), 240, np.uint8))
    tiny = trace_of(np.random.default_rng(0).integers(0, 255, (16, 16, 3), np.uint8))
    assert overlap_of(blank, blank) is None
    assert overlap_of(blank, tiny) is None
    assert overlap_of(tiny, tiny) is None
