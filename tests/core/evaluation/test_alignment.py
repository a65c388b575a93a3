"""Bringing tables to the same classes and the same cells."""

import itertools

import numpy as np
import pytest

from core.errors import CheckpointError
from core.evaluation.alignment import align, in_space, shared_space
from core.evaluation.results.predictions import Predictions
from core.labels import KAGGLE4, LABEL_SPACES, PBC8, PBC_FINE, WBC5, LabelSpace
from tests.core.evaluation.tables import answered, drawn


@pytest.mark.parametrize(
    ("spaces", "expected"),
    [
        ([PBC8, PBC8], PBC8),
        ([PBC8, PBC_FINE], PBC8),
        ([PBC_FINE, WBC5, PBC8], WBC5),
        ([KAGGLE4, WBC5], KAGGLE4),
        ([], None),
    ],
)
def test_the_finest_space_that_all_reach(spaces: list[LabelSpace], expected: LabelSpace | None) -> None:
    for order in itertools.permutations(spaces):
        assert shared_space(order) is expected


def test_spaces_that_none_can_be_brought_to() -> None:
    odd = LabelSpace("odd", "Two", (PBC8["platelet"], PBC8["ig"]))
    assert shared_space([odd, WBC5]) is None


@pytest.mark.parametrize("space", LABEL_SPACES.values())
def test_a_table_in_its_own_space_stays_as_it_is(space: LabelSpace) -> None:
    table = drawn(1, n=40, classes=space.keys, digits=6)
    assert in_space(table, space, space) is table


def test_finer_classes_are_joined() -> None:
    fine = drawn(3, n=200, classes=PBC_FINE.keys, digits=6)
    coarse = in_space(fine, PBC_FINE, PBC8)
    assert coarse.classes == PBC8.keys
    assert len(coarse) == 200
    joined = [PBC_FINE.index(key) for key in ("promyelocyte", "myelocyte", "metamyelocyte")]
    expected = fine.probabilities[:, joined].sum(axis=1)
    np.testing.assert_allclose(coarse.probabilities[:, PBC8.index("ig")], expected, atol=1e-6)
    assert "band neutrophil" not in set(coarse.table["label"])


def test_cells_and_answers_of_other_classes_are_taken_out() -> None:
    table = answered(["ig", "monocyte", "neutrophil"], ["ig", "monocyte", "ig"], PBC8.keys)
    five = in_space(table, PBC8, WBC5)
    assert five.table["label"].tolist() == ["monocyte", "neutrophil"]
    assert five.probabilities[0, WBC5.index("monocyte")] == pytest.approx(0.8 / (0.8 + 4 * 0.2 / 7), abs=1e-6)
    assert five.probabilities[1] == pytest.approx([0.2] * 5, abs=1e-6)
    with pytest.raises(CheckpointError, match="None of these cells"):
        in_space(answered(["ig"], ["ig"], PBC8.keys), PBC8, WBC5)


def test_a_model_that_gives_the_shared_classes_nothing_is_as_likely_to_say_each() -> None:
    sure = np.zeros((1, 8))
    sure[0, PBC8.index("ig")] = 1
    table = Predictions.from_arrays(
        source="drawn", lab="A", split="test", keys=["1"], labels=["monocyte"], classes=PBC8.keys, probabilities=sure
    )
    assert in_space(table, PBC8, KAGGLE4).probabilities[0] == pytest.approx([0.25] * 4)


def test_only_shared_cells_stay_and_in_one_order() -> None:
    a = drawn(1, n=50)
    b = Predictions(drawn(2, n=50).table.sample(frac=1, random_state=1).head(30))
    aligned = align({"a": a, "b": b})
    keys = aligned["a"].table["key"].tolist()
    assert keys == aligned["b"].table["key"].tolist()
    assert set(keys) == set(b.table["key"])
    assert keys == sorted(keys, key=a.table["key"].tolist().index)
    row = b.table[b.table["key"] == keys[4]]
    assert aligned["b"].table.iloc[4]["p_monocyte"] == row["p_monocyte"].iloc[0]


def test_tables_that_fit_are_not_copied() -> None:
    a, b = drawn(1), drawn(2)
    assert align({"a": a, "b": b})["b"] is b


def test_what_cannot_be_aligned_is_refused() -> None:
    a = answered(["basophil", "monocyte"], ["basophil", "monocyte"])
    with pytest.raises(CheckpointError, match="different classes apart"):
        align({"a": a, "b": answered(["monocyte"], ["monocyte"], PBC8.keys)})
    with pytest.raises(CheckpointError, match="no cell in common"):
        align({"a": a, "b": Predictions(a.table.assign(key=["x", "y"]))})
    with pytest.raises(CheckpointError, match="different classes for one cell"):
        align({"a": a, "b": Predictions(a.table.assign(label=["basophil", "platelet"]))})
