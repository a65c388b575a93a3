"""When a person is told to look for blasts."""

import json

import numpy as np
import pytest

from core.morphology.attributes import ATTRIBUTES, KEYS, OUTPUTS, columns
from core.morphology.immaturity import (
    IMMATURE,
    LOOKS_IMMATURE,
    MAY_BE_BLAST,
    RECORD,
    blast_warning,
    immaturity,
    worth,
)


def attributes(high: float, loose: float) -> np.ndarray:
    """(31,) with these probabilities of a high nuclear-cytoplasmic ratio and of loose chromatin, else even."""
    p = np.zeros(OUTPUTS)
    for one, part in zip(ATTRIBUTES, columns(), strict=True):
        p[part] = 1 / len(one.values)
    for key, value, probability in (
        ("nuclear_cytoplasmic_ratio", "high", high),
        ("chromatin_density", "loosely", loose),
    ):
        number = KEYS.index(key)
        p[columns()[number]] = 1 - probability
        p[columns()[number].start + ATTRIBUTES[number].number(value)] = probability
    return p


def test_it_takes_both_much_nucleus_and_loose_chromatin():
    assert immaturity(attributes(0.8, 0.6)) == pytest.approx(0.48)
    for high, loose in ((0.99, 0.1), (0.1, 0.99)):
        assert immaturity(attributes(high, loose)) < IMMATURE


@pytest.mark.parametrize("label", ["lymphocyte", "monocyte", "eosinophil"])
def test_a_cell_that_looks_immature_is_told_of_whatever_the_answer(label):
    assert blast_warning("answer", (label, "neutrophil"), attributes(0.8, 0.6)) == LOOKS_IMMATURE


@pytest.mark.parametrize("verdict", ["unsure", "unlike"])
def test_a_cell_in_doubt_that_resembles_one_blasts_are_taken_for_is_told_of(verdict):
    assert blast_warning(verdict, ("eosinophil", "monocyte")) == MAY_BE_BLAST
    assert blast_warning(verdict, ("lymphocyte", "erythroblast"), attributes(0.99, 0.01)) == MAY_BE_BLAST
    assert blast_warning(verdict, ("eosinophil", "neutrophil")) is None


def test_nothing_is_said_of_a_lymphocyte_that_is_none_in_doubt():
    assert blast_warning("answer", ("lymphocyte", "monocyte"), attributes(0.99, 0.02)) is None
    assert blast_warning("answer", ("lymphocyte", "monocyte")) is None


ROWS = [
    {"sha256": "a", "cells": "blast", "n": 36, "warned": 34},
    {"sha256": "a", "cells": "mature", "n": 130, "warned": 27},
    {"sha256": "a", "cells": "mature", "n": 60, "warned": 1},
    {"sha256": "b", "cells": "mature", "n": 60, "warned": 60},
]


def test_what_the_warning_is_worth_is_that_of_these_weights(tmp_path, monkeypatch):
    monkeypatch.setattr("core.morphology.immaturity.records_folder", lambda: tmp_path)
    assert worth("a") == ""
    path = tmp_path / RECORD
    path.parent.mkdir()
    path.write_text(json.dumps({"rows": ROWS}))
    said = "When it was measured, 34 of 36 blasts were marked so, and 28 of 190 mature cells."
    assert worth("a").replace("\u00a0", " ") == said
    assert worth("b") == ""  # of no blast
    for damaged in ("{", "{}", json.dumps({"rows": [{"sha256": "a"}]})):
        path.write_text(damaged)
        assert worth("a") == ""
