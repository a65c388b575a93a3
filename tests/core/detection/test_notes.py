"""Cut, touching, smudged and stray: each is told from an ordinary cell."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from core.detection.detector import working_points_of
from core.detection.loading import open_detector
from core.detection.notes import implausible_whites, is_cut, is_single, with_notes
from core.detection.recipe import DETECTOR
from core.errors import CheckpointError
from core.evaluation.results.detections import EDGES, DetectionTable
from core.imaging.fields import Detection
from core.imaging.windows import Box, square
from core.settings import checkpoints_folder

GROUND, PLASM, NUCLEUS = (235, 225, 220), (200, 190, 215), (80, 40, 130)


def cell(x: float, y: float, side: float, kind: str = "red") -> Detection:
    return Detection(square(x, y, side), kind, 0.9)


def pictured(blur: float = 1.0, nucleus: float = 0.5, colour=NUCLEUS) -> np.ndarray:
    """A white cell of 80 pixels at (100, 100); nucleus: its radius as a share of the cell's."""
    image = Image.new("RGB", (200, 200), GROUND)
    draw = ImageDraw.Draw(image)
    draw.ellipse((60, 60, 140, 140), fill=PLASM)
    r = 40 * nucleus
    draw.ellipse((100 - r, 100 - r, 100 + r, 100 + r), fill=colour)
    return np.asarray(image.filter(ImageFilter.GaussianBlur(blur)))


def note(pixels: np.ndarray, *cells: Detection, red_diameter: float | None = 50) -> str | None:
    return with_notes(cells, pixels, red_diameter)[0].note


def test_an_ordinary_white_cell_has_no_note():
    (told,) = with_notes([cell(100, 100, 80, "white")], pictured(), 50)
    assert (told.cut, told.note) == (False, None)


@pytest.mark.parametrize(("x", "y"), [(40, 100), (160, 100), (100, 40), (100, 160)])
def test_a_cell_at_any_edge_is_cut(x, y):
    (told,) = with_notes([cell(x, y, 78)], pictured(), 50)
    assert told.cut


@pytest.mark.parametrize(("apart", "touch"), [(45, True), (49, True), (52, False), (90, False)])
def test_cells_nearer_than_their_radii_touch(apart, touch):
    pixels = pictured()
    told = with_notes([cell(50, 50, 50), cell(50 + apart, 50, 50)], pixels, 50)
    assert [one.note == "touching" for one in told] == [touch, touch]


def test_cells_of_different_kinds_do_not_touch():
    assert note(pictured(), cell(100, 100, 80, "white"), cell(110, 110, 50)) is None


def test_a_nucleus_spread_without_an_edge_is_a_smudge():
    assert note(pictured(blur=14, nucleus=1.0), cell(100, 100, 80, "white")) == "smudge"
    assert note(pictured(blur=1, nucleus=0.9), cell(100, 100, 80, "white")) is None


def test_dirt_is_dark_without_colour():
    assert note(pictured(colour=(40, 38, 36)), cell(100, 100, 80, "white")) == "debris"


def test_what_is_too_small_for_its_kind_is_debris():
    assert note(pictured(), cell(100, 100, 30, "white")) == "debris"
    assert note(pictured(), cell(100, 100, 5, "platelet")) == "debris"
    assert note(pictured(), cell(100, 100, 30, "white"), red_diameter=None) is None


@pytest.mark.parametrize(
    ("size", "cells", "single"),
    [
        ((360, 363), [cell(180, 180, 140, "white"), cell(40, 40, 80)], True),
        ((360, 363), [cell(180, 180, 140, "white"), cell(60, 60, 120, "white")], True),
        ((360, 363), [cell(80, 180, 110, "white"), cell(280, 180, 110, "white")], False),
        ((192, 192), [], True),
        ((640, 480), [cell(320, 240, 200, "white")], False),
        ((1000, 1000), [cell(500, 500, 140, "white")], False),
        ((1000, 1000), [cell(500, 500, 500, "white")], True),
        ((28, 28), [], True),
    ],
)
def test_a_photo_of_one_cell_is_known(size, cells, single):
    assert is_single(cells, *size) is single


@pytest.mark.parametrize(("scale", "single"), [(0.5, True), (1.0, True), (2.0, False)])
def test_a_photo_of_more_than_a_cells_surroundings_is_a_field(scale, single):
    assert is_single([cell(180, 180, 140, "white")], 360, 363, scale) is single


@pytest.mark.parametrize(("middle", "single"), [("red", False), ("platelet", True)])
def test_red_cells_alone_are_no_single_cell(middle, single):
    assert is_single([cell(180, 180, 70, middle), cell(40, 40, 70)], 360, 363, 0.9) is single


def test_a_photo_without_cells_is_told_nothing_of():
    assert with_notes([], np.full((50, 50, 3), 200, np.uint8), None) == []
    assert not is_single([], 640, 640)


def test_boxes_that_reach_beyond_the_photo_are_looked_at():
    told = with_notes([Detection(Box(-5, -5, 30, 30), "white", 0.9)], pictured(), 50)
    assert told[0].cut


@pytest.mark.parametrize(
    ("whites", "reds", "apart"),
    [(6, 9, True), (6, 10, False), (5, 4, True), (5, 5, False), (3, 2, True), (3, 3, False), (2, 0, False)],
)
def test_where_white_cells_are_implausibly_many_none_is_trusted(whites, reds, apart):
    cells = [cell(i, 20, 8, "white") for i in range(whites)] + [cell(20 + i, 50, 8) for i in range(reds)]
    noted = implausible_whites(cells)
    assert [one.note == "implausible" for one in noted] == [apart] * whites + [False] * reds
    assert not any(one.whole for one in noted[:whites]) or not apart


@pytest.mark.parametrize(("side", "reds", "apart"), [(9, 3, True), (12, 3, False), (12, 2, True), (25, 3, True)])
def test_a_clump_of_cells_larger_than_its_red_cells_is_no_mistake(side, reds, apart):
    """Told only where enough red cells tell their size, and not of boxes larger than any cell."""
    cells = [cell(50 + i, 50, side, "white") for i in range(7)] + [cell(20 + i, 50, 8) for i in range(reds)]
    assert {one.note for one in implausible_whites(cells)[:7]} == {"implausible" if apart else None}


def test_debris_is_neither_counted_nor_renamed_where_white_cells_are_many():
    debris = Detection(square(10, 10, 8), "white", 0.9, note="debris")
    noted = implausible_whites([debris, *[cell(i, 10, 8, "white") for i in range(2)]])
    assert {one.note for one in noted} == {"debris", None}


def test_no_field_that_the_detector_was_measured_on_is_set_apart():
    """Not even a clump of blasts, of which one of RV-PBS's fields has more than red cells."""
    try:
        checkpoint = open_detector(checkpoints_folder() / DETECTOR)
    except CheckpointError as error:
        pytest.skip(f"no checkpoints here: {error}")
    table, thresholds = DetectionTable.read(checkpoint.folder), working_points_of(checkpoint)
    outnumbered = 0
    for number, boxes in table.boxes[table.boxes["score"].notna()].groupby("field"):
        width, height = table.fields.loc[number, ["width", "height"]]
        cells = [
            Detection(box := Box(*edges), kind, 0.9, cut=is_cut(box, width, height))
            for kind, score, *edges in boxes[["kind", "score", *EDGES]].itertuples(index=False)
            if score >= thresholds[kind]
        ]
        assert not any(one.note == "implausible" for one in implausible_whites(cells)), table.fields.loc[number, "key"]
        kinds = [one.kind for one in cells]
        outnumbered += kinds.count("white") >= 3 and kinds.count("white") > kinds.count("red")
    assert outnumbered
