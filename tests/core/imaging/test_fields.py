"""What a field says of its cells."""

from dataclasses import replace

import pytest

from core.imaging.fields import KINDS, Detection, Field, foremost, reading_window, single
from core.imaging.windows import Box, square
from core.imaging.wording import detection_sentences

BOX = Box(40, 40, 60, 60)


@pytest.fixture
def field() -> Field:
    cells = (
        Detection(BOX, "white", 0.9),
        Detection(Box(0, 0, 10, 10), "red", 0.8, cut=True),
        Detection(BOX, "platelet", 0.7, note="debris"),
    )
    return Field("a", 100, 100, cells, scale=0.5)


def test_debris_is_no_cell_and_a_cut_cell_is_one(field):
    assert {kind: field.count(kind) for kind in KINDS} == {"white": 1, "red": 1, "platelet": 0}
    assert [cell.whole for cell in field] == [True, False, False]
    assert [len(detection_sentences(cell)) for cell in field] == [0, 1, 1]


def test_the_reading_window_is_pbcs_at_the_fields_scale(field):
    scaled = Field("a", 100, 100, field.cells, scale=5.0)
    assert reading_window(scaled.cells[0], scaled) == Box(30, 30, 70, 70)
    unscaled = Field("a", 100, 100, field.cells)
    assert reading_window(field.cells[0], unscaled) == Box(35, 35, 65, 65)


@pytest.mark.parametrize(("scale", "side"), [(0.5, 60), (50.0, 21)])
def test_a_scale_that_does_not_fit_the_cell_is_not_believed(field, scale, side):
    assert reading_window(field.cells[0], replace(field, scale=scale)).width == pytest.approx(side)


def white(x: float, y: float, side: float, **more: object) -> Detection:
    return Detection(square(x, y, side), "white", 0.9, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cells", "number"),
    [
        ((white(20, 20, 20), white(50, 50, 20)), 2),
        ((white(20, 20, 40), white(50, 50, 10)), 1),
        ((white(50, 50, 40, cut=True), white(20, 20, 20)), 2),
        ((white(50, 50, 40, cut=True), Detection(BOX, "red", 0.9)), 1),
        ((Detection(BOX, "red", 0.9), white(50, 50, 20, note="debris")), None),
        ((), None),
    ],
    ids=["central", "large", "well seen", "no other", "none readable", "none"],
)
def test_the_foremost_cell_is_large_central_and_well_seen(cells, number):
    assert foremost(Field("a", 100, 100, cells)) == number


def test_a_single_cell_is_the_whole_photo():
    alone = single("a", 30, 20)
    assert alone.single_cell
    assert alone.cells[0].box == Box(0, 0, 30, 20)


@pytest.mark.parametrize("wrong", [{"kind": "blue"}, {"note": "odd"}, {"score": 1.5}])
def test_what_no_cell_can_be_is_refused(wrong):
    with pytest.raises(ValueError, match=r"cell|score"):
        Detection(**({"box": BOX, "kind": "white", "score": 0.5} | wrong))
