"""Drawings: the same in every process, true to their word, and never taken for photographs."""

import functools
import hashlib
import io
import subprocess
import sys
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy.ndimage import label
from scipy.spatial import ConvexHull

from core.imaging.windows import Box
from core.synthetic.drawings import (
    CELL_CLASSES,
    DRAWING_NOTE,
    RED_CELL,
    DrawnField,
    drawn_cell,
    drawn_field,
    is_drawing,
    png,
)

EIGHT = ("basophil", "eosinophil", "erythroblast", "ig", "lymphocyte", "monocyte", "neutrophil", "platelet")
SEEDS = range(5)


def dark(pixels: np.ndarray) -> np.ndarray:
    """Where a picture is as dark and violet as chromatin; red cells are more red than blue."""
    return (pixels.astype(int).sum(-1) < 350) & (pixels[..., 2] > pixels[..., 0])


def stained(pixels: np.ndarray) -> np.ndarray:
    """Where a picture is bluish, as plasma, red cells and orange granules are not."""
    return pixels[..., 2] > pixels[..., 0].astype(int) + 8


def orange(pixels: np.ndarray) -> np.ndarray:
    """Where a picture is as orange as an eosinophil's granules; red cells and plasma are far paler."""
    red, green, blue = (pixels[..., i].astype(int) for i in range(3))
    return (red > 170) & (red - green > 60) & (red - blue > 60)


@functools.cache
def cell(kind: str, seed: int) -> np.ndarray:
    return drawn_cell(kind, seed)


def median_share(kind: str, measure) -> float:
    """The median over seeds of the share of a kind's pixels for which the measure holds."""
    return float(np.median([measure(cell(kind, seed)).mean() for seed in SEEDS]))


def fingerprint(pixels: np.ndarray) -> str:
    return hashlib.sha256(pixels.tobytes()).hexdigest()


def overlap(a: Box, b: Box) -> bool:
    return a.left < b.right and b.left < a.right and a.top < b.bottom and b.top < a.bottom


@pytest.fixture(scope="module")
def field() -> DrawnField:
    return drawn_field(7)


def test_the_kinds_are_the_eight_classes():
    assert CELL_CLASSES == EIGHT


@pytest.mark.parametrize("kind", EIGHT)
def test_a_cell_is_rgb_and_the_same_each_time(kind):
    first = drawn_cell(kind, 3)
    assert first.shape == (200, 200, 3)
    assert first.dtype == np.uint8
    assert np.array_equal(first, drawn_cell(kind, 3))
    assert not np.array_equal(first, drawn_cell(kind, 4))


def test_drawings_are_the_same_in_another_process():
    code = (
        "import hashlib; from core.synthetic.drawings import drawn_cell, drawn_field, CELL_CLASSES\n"
        "pictures = [drawn_cell(kind, 11, 90) for kind in CELL_CLASSES] + [drawn_field(5, (150, 210)).pixels]\n"
        "print(*[hashlib.sha256(p.tobytes()).hexdigest() for p in pictures])"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    here = [drawn_cell(kind, 11, 90) for kind in CELL_CLASSES] + [drawn_field(5, (150, 210)).pixels]
    assert other == [fingerprint(picture) for picture in here]


@settings(max_examples=12, deadline=None)
@given(kind=st.sampled_from(EIGHT), seed=st.integers(0, 2**40), size=st.integers(8, 260))
def test_any_seed_and_size_gives_a_picture_with_something_dark_in_the_middle(kind, seed, size):
    pixels = drawn_cell(kind, seed, size)
    assert pixels.shape == (size, size, 3)
    assert pixels.dtype == np.uint8
    middle = pixels[size * 3 // 8 : size * 5 // 8 + 1, size * 3 // 8 : size * 5 // 8 + 1]
    assert middle.min() < 190
    assert pixels.max() > 200


@pytest.mark.parametrize("kind", EIGHT)
def test_a_seed_gives_the_same_cell_at_every_size(kind):
    large = Image.fromarray(drawn_cell(kind, 2, 200)).resize((100, 100), Image.Resampling.BOX)
    small = drawn_cell(kind, 2, 100)
    assert np.abs(np.asarray(large, int) - small.astype(int)).mean() < 5


@pytest.mark.parametrize("kind", ["Neutrophil", "", "red cell", "blast"])
def test_an_unknown_kind_is_refused_by_naming_the_kinds(kind):
    with pytest.raises(ValueError, match="There is no drawing of") as caught:
        drawn_cell(kind, 0)
    assert all(name in str(caught.value) for name in EIGHT)


def test_impossible_sizes_and_seeds_are_refused():
    with pytest.raises(ValueError, match="at least 8 pixels"):
        drawn_cell("monocyte", 0, 7)
    with pytest.raises(ValueError, match="seed"):
        drawn_cell("monocyte", -1)
    with pytest.raises(ValueError, match="seed"):
        drawn_field(-1)
    with pytest.raises(ValueError, match="no room for 400 white cells"):
        drawn_field(0, (100, 100), 400)
    with pytest.raises(ValueError, match="-1 white cells"):
        drawn_field(0, cells=-1)


def test_only_the_eosinophil_is_orange():
    shares = {kind: median_share(kind, orange) for kind in EIGHT}
    assert shares.pop("eosinophil") > 0.08
    assert max(shares.values()) < 0.01


def test_the_platelet_is_by_far_the_smallest_and_the_monocyte_the_largest():
    shares = {kind: median_share(kind, stained) for kind in EIGHT}
    assert shares["platelet"] < 0.4 * min(share for kind, share in shares.items() if kind != "platelet")
    assert max(shares, key=shares.__getitem__) == "monocyte"


def test_nuclei_fill_a_lymphocyte_and_not_an_erythroblast():
    def filled(kind: str) -> float:
        return median_share(kind, dark) / median_share(kind, stained)

    assert filled("lymphocyte") > 0.55 > 0.5 > filled("erythroblast")


def solidity(pixels: np.ndarray) -> float:
    """How much of its own convex hull the largest dark piece fills."""
    pieces, _ = label(dark(pixels))
    largest = np.argmax(np.bincount(pieces.ravel())[1:]) + 1
    hull = ConvexHull(np.argwhere(pieces == largest))
    return float((pieces == largest).sum() / hull.volume)


def test_nuclei_of_neutrophils_and_eosinophils_have_lobes_and_those_of_lymphocytes_are_round():
    def usual(kind: str) -> float:
        return float(np.median([solidity(cell(kind, seed)) for seed in SEEDS]))

    assert usual("neutrophil") < 0.8
    assert usual("eosinophil") < 0.85
    assert usual("lymphocyte") > 0.95
    assert usual("erythroblast") > 0.95


def test_a_fields_truth_lies_in_the_picture_and_white_cells_are_where_it_says(field):
    height, width, _ = field.pixels.shape
    assert (height, width) == (480, 640)
    white = [cell for cell in field.cells if cell.label not in (RED_CELL, "platelet")]
    assert len(white) == 4
    assert len({cell.label for cell in white}) == 4
    for cell in field.cells:
        left, top, right, bottom = cell.box.as_tuple()
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height
        if cell.label != RED_CELL:
            inside = field.pixels[int(top) : int(bottom), int(left) : int(right)]
            assert stained(inside).mean() > 0.1, cell.label


def test_outside_the_true_boxes_nothing_is_stained_like_a_white_cell(field):
    free = np.ones(field.pixels.shape[:2], bool)
    for cell in field.cells:
        if cell.label != RED_CELL:
            left, top, right, bottom = (int(edge) for edge in cell.box.as_tuple())
            free[max(top - 2, 0) : bottom + 2, max(left - 2, 0) : right + 2] = False
    assert not (stained(field.pixels) & free).any()


def test_a_field_has_red_cells_that_overlap_and_some_platelets(field):
    kinds = [cell.label for cell in field.cells]
    reds = [cell.box for cell in field.cells if cell.label == RED_CELL]
    assert len(reds) > 80
    assert kinds.count("platelet") >= 1
    assert sum(overlap(a, b) for a, b in combinations(reds, 2)) > 30
    assert kinds == sorted(kinds, key=lambda kind: (kind == RED_CELL, kind == "platelet"))


@settings(max_examples=10, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    height=st.integers(60, 300),
    width=st.integers(60, 300),
    cells=st.integers(0, 6),
)
def test_white_cells_never_touch_and_are_all_there(seed, height, width, cells):
    drawn = drawn_field(seed, (height, width), cells)
    white = [cell.box for cell in drawn.cells if cell.label not in (RED_CELL, "platelet")]
    assert drawn.pixels.shape == (height, width, 3)
    assert len(white) == cells
    assert not any(overlap(a, b) for a, b in combinations(white, 2))
    assert 0.16 <= drawn.micrometres_per_pixel <= 1.0
    whole = Box(0, 0, width, height)
    assert all(
        whole.left <= cell.box.left and cell.box.right <= width and cell.box.bottom <= height for cell in drawn.cells
    )


def test_the_mark_travels_with_the_file():
    pixels = drawn_cell("ig", 1, 64)
    data = png(pixels, title="Unreife Granulozyten — gezeichnet")
    assert is_drawing(data)
    with Image.open(io.BytesIO(data)) as picture:
        assert np.array_equal(np.asarray(picture), pixels)
        assert picture.info["Title"] == "Unreife Granulozyten — gezeichnet"
        assert picture.info["Source"] == "Smearlens drawing, not a photograph"
    assert is_drawing(png(pixels))


def test_other_files_are_no_drawings():
    plain = io.BytesIO()
    Image.new("RGB", (20, 20)).save(plain, "PNG")
    jpeg = io.BytesIO()
    Image.new("RGB", (20, 20)).save(jpeg, "JPEG", comment="Smearlens drawing, not a photograph")
    for data in (
        plain.getvalue(),
        jpeg.getvalue(),
        b"",
        b"Smearlens drawing, not a photograph",
        png(np.zeros((9, 9, 3), np.uint8))[:20],
    ):
        assert not is_drawing(data)


def test_the_note_says_that_models_never_saw_drawings():
    assert "never saw drawings" in DRAWING_NOTE
    assert "not a photograph" in DRAWING_NOTE
