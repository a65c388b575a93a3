"""What a field says of its cells."""

import pytest

from core.imaging.fields import KINDS, Detection, Field, reading_window, single
from core.imaging.windows import Box
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
    assert reading_window(field.cells[0], field) == Box(-150, -150, 250, 250)
    unscaled = Field("a", 100, 100, field.cells)
    assert reading_window(field.cells[0], unscaled) == Box(35, 35, 65, 65)


def test_a_single_cell_is_the_whole_photo():
    alone = single("a", 30, 20)
    assert alone.single_cell
    assert alone.cells[0].box == Box(0, 0, 30, 20)


@pytest.mark.parametrize("wrong", [{"kind": "blue"}, {"note": "odd"}, {"score": 1.5}])
def test_what_no_cell_can_be_is_refused(wrong):
    with pytest.raises(ValueError, match=r"cell|score"):
        Detection(**({"box": BOX, "kind": "white", "score": 0.5} | wrong))
