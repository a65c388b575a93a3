"""Recall by type: each marked cell is found once at most, and whole photos are drawn for its interval."""

import numpy as np
import pytest

from core.evaluation.detection_by_type import covered_by, recall_by_type
from core.evaluation.results.detections import DetectionTable, FieldFacts, detection_table

NAN = float("nan")
CELL, BESIDE, FAR = (0.0, 0.0, 10.0, 10.0), (1.0, 0.0, 11.0, 10.0), (20.0, 0.0, 30.0, 10.0)


def facts(key: str) -> FieldFacts:
    return FieldFacts("drawn", "A", "test", "", key, 40, 40, "white red platelet", 1.0)


@pytest.fixture
def table() -> DetectionTable:
    """Two neutrophils, one found; a lymphocyte found at a low score; a cell of which no type is known."""
    return detection_table(
        [
            (facts("a"), [("white", "neutrophil", NAN, CELL), ("white", "", 0.9, CELL), ("white", "", NAN, FAR)]),
            (facts("b"), [("white", "neutrophil", NAN, CELL), ("white", "", 0.9, FAR), ("red", "", 0.9, CELL)]),
            (facts("c"), [("white", "lymphocyte", NAN, CELL), ("white", "", 0.3, CELL)]),
        ]
    )


def test_each_type_has_its_recall_at_the_working_point(table):
    lymphocyte, neutrophil = recall_by_type(table, "white", 0.5)
    assert (lymphocyte.type, lymphocyte.found, lymphocyte.marked) == ("lymphocyte", 0, 1)
    assert (neutrophil.found, neutrophil.marked, neutrophil.photos) == (1, 2, 2)
    assert (neutrophil.recall.value, neutrophil.recall.low, neutrophil.recall.high) == (0.5, 0.0, 1.0)
    assert recall_by_type(table, "white", 0.2)[0].recall.value == 1


def test_one_box_finds_one_cell():
    marked = np.array([CELL, BESIDE])
    assert covered_by(marked, np.array([CELL])).tolist() == [True, False]
    assert covered_by(marked, np.array([CELL, CELL])).tolist() == [True, True]
    assert covered_by(marked, np.zeros((0, 4))).tolist() == [False, False]
    assert covered_by(np.zeros((0, 4)), marked).tolist() == []
