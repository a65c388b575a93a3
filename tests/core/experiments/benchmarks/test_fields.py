"""What the detector's training fields are like: measures of one field, and which found cells count."""

import numpy as np
import pandas as pd
import pytest

from core.experiments.benchmarks import fields
from core.imaging.field_colours import FieldLook
from core.imaging.fields import Detection, Field
from core.imaging.windows import square


def test_white_cells_are_measured_by_the_red_ones_beside_them() -> None:
    cells = [Detection(square(50 + 60 * n, 60, 40), "red", 0.9) for n in range(3)]
    cells += [Detection(square(90, 200, side), "white", 0.9) for side in (60, 80, 70)]
    cells.append(Detection(square(5, 5, 400), "white", 0.9, cut=True))
    found = fields.measures(FieldLook(1, 2), Field("", 300, 300, tuple(cells)))
    assert (found["ground_a"], found["red_width"], found["over_red"]) == (1, 40, 1.75)
    assert np.isnan(found["depth"])
    assert np.isnan(fields.measures(FieldLook(1, 2), Field("", 300, 300, tuple(cells[3:])))["over_red"])


@pytest.mark.parametrize(("score", "shown"), [(0.99, 1), (0.01, 0), (float("nan"), 0)])
def test_of_the_found_cells_those_count_that_are_shown(score: float, shown: int) -> None:
    row = {"kind": "red", "score": score, "left": 1.0, "top": 9.0, "right": 31.0, "bottom": 39.0}
    found = fields._detections(fields._found(pd.DataFrame([row])), np.zeros((99, 99, 3), np.uint8))
    assert [(cell.kind, cell.cut) for cell in found] == [("red", True)] * shown
