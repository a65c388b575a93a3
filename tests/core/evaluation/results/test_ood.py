"""OodMeasurement what is unlike: areas and shares worked by hand, the fewest decoys that pass, and what is kept."""

import pytest

from core.errors import CheckpointError
from core.evaluation.results.ood import (
    OodMeasurement,
    area,
    best_score,
    ood_figures,
    path_of,
    read_measurement,
    write_measurement,
)


def test_the_area_worked_by_hand():
    assert area([3, 4], [1, 2]).value == 1
    assert area([1, 3], [2, 2]).value == 0.5
    assert area([2, 2], [2, 2]).value == 0.5


def test_what_passes_is_counted_at_95_and_at_99():
    row = ood_figures("s", "unlike", "dogs", [94.0, 97.0, 200.0], range(101))
    assert (row.n, row.passed, row.at_gate) == (3, 1, 2)


def test_nothing_is_refused():
    with pytest.raises(ValueError, match="pictures"):
        ood_figures("s", "unlike", "dogs", [], [1])


def rows():
    cells = [0.0, 1.0, 2.0]
    return (
        ood_figures("a", "decoy", "x", [5.0, 0.0], cells),
        ood_figures("b", "decoy", "x", [5.0, 5.0], cells),
        ood_figures("a", "unlike", "y", [5.0, 5.0], cells),
        ood_figures("b", "unlike", "y", [0.0, 0.0], cells),
    )


def test_only_decoys_have_a_say():
    assert best_score(rows()) == "b"


def test_what_is_kept_is_read_again(tmp_path):
    found = OodMeasurement(
        name="m", sha256="1", chosen="b", used="a", cells=3, date="2026-01-01", command="c", rows=rows()
    )
    write_measurement(found, tmp_path)
    assert read_measurement("m", tmp_path) == found
    assert read_measurement("other", tmp_path) is None
    path_of("m", tmp_path).write_text("{}")
    with pytest.raises(CheckpointError, match="damaged"):
        read_measurement("m", tmp_path)
