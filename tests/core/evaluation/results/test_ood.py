"""Telling what is unlike: areas and shares worked by hand, the fewest decoys that pass, and what is kept."""

import pytest

from core.errors import CheckpointError
from core.evaluation.results.ood import Telling, area, fewest_pass, keep, path_of, read, told


def test_the_area_worked_by_hand():
    assert area([3, 4], [1, 2]).value == 1
    assert area([1, 3], [2, 2]).value == 0.5
    assert area([2, 2], [2, 2]).value == 0.5


def test_what_passes_is_counted_at_95_and_at_99():
    row = told("s", "unlike", "dogs", [94.0, 97.0, 200.0], range(101))
    assert (row.n, row.passed, row.at_gate) == (3, 1, 2)


def test_nothing_is_refused():
    with pytest.raises(ValueError, match="pictures"):
        told("s", "unlike", "dogs", [], [1])


def rows():
    cells = [0.0, 1.0, 2.0]
    return (
        told("a", "decoy", "x", [5.0, 0.0], cells),
        told("b", "decoy", "x", [5.0, 5.0], cells),
        told("a", "unlike", "y", [5.0, 5.0], cells),
        told("b", "unlike", "y", [0.0, 0.0], cells),
    )


def test_only_decoys_have_a_say():
    assert fewest_pass(rows()) == "b"


def test_what_is_kept_is_read_again(tmp_path):
    found = Telling(name="m", sha256="1", chosen="b", used="a", cells=3, date="2026-01-01", command="c", rows=rows())
    keep(found, tmp_path)
    assert read("m", tmp_path) == found
    assert read("other", tmp_path) is None
    path_of("m", tmp_path).write_text("{}")
    with pytest.raises(CheckpointError, match="damaged"):
        read("m", tmp_path)
