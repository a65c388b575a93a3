"""Where models agree: every cell has one pattern, and the right one."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation.agreement import (
    ALIKE,
    ALL_RIGHT,
    DIFFERENTLY,
    MIXED,
    ONE_RIGHT,
    ONE_WRONG,
    PATTERNS,
    agreement,
)
from core.evaluation.results.predictions import Predictions
from tests.core.evaluation.tables import answered, drawn

B, M, P = "basophil", "monocyte", "platelet"


@pytest.mark.parametrize(
    ("answers", "pattern"),
    [
        ((B, B, B), ALL_RIGHT),
        ((M, M, M), ALIKE),
        ((M, P, M), DIFFERENTLY),
        ((M, B, M), ONE_RIGHT),
        ((B, B, M), ONE_WRONG),
        ((B, M), ONE_RIGHT),
        ((M, P), DIFFERENTLY),
        ((B, B, M, P), MIXED),
    ],
)
def test_patterns_of_a_basophil(answers: tuple[str, ...], pattern: str) -> None:
    found = agreement({f"model {number}": answered([B], [said]) for number, said in enumerate(answers)})
    assert found.table["pattern"].tolist() == [pattern]
    assert found.counts[pattern] == 1
    assert sum(found.counts.values()) == 1


@cache
def _drawn_once(seed: int) -> Predictions:
    """Each table is drawn for one example and looked at in others: drawing takes far longer than what is tested."""
    return drawn(seed, n=80)


@given(st.lists(st.integers(0, 30), min_size=2, max_size=6, unique=True))
def test_every_cell_is_counted_once_and_as_it_was_answered(seeds: list[int]) -> None:
    tables = {f"m{seed}": _drawn_once(seed) for seed in seeds}
    found = agreement(tables)
    assert sum(found.counts.values()) == len(found.table) == 80
    assert set(found.counts) <= set(PATTERNS)
    right = np.sum([one.predicted == one.labels for one in tables.values()], axis=0)
    assert found.table["right"].tolist() == right.tolist()
    assert found.counts[ALL_RIGHT] == (right == len(seeds)).sum()
    assert found.counts[ALIKE] + found.counts[DIFFERENTLY] == (right == 0).sum()
    assert found.counts[ONE_RIGHT] == (right == 1).sum()


def test_the_most_doubtful_labels_come_first() -> None:
    sure, unsure = answered([B, B, M], [M, M, M]), answered([B, B, M], [M, M, M])
    unsure.table.loc[1, ["p_basophil", "p_monocyte", "p_platelet"]] = [0.05, 0.94, 0.01]
    rows = agreement({"a": sure, "b": unsure}).of_pattern(ALIKE)
    assert rows["key"].tolist() == ["1.png", "0.png"]
    assert rows.index.tolist() == [1, 0]
    assert rows["rival"].tolist() == pytest.approx([0.87, 0.8])
    assert rows["predicted_a"].tolist() == [M, M]
    assert rows["confidence_b"].tolist() == pytest.approx([0.94, 0.8])


def test_the_true_class_is_no_doubt() -> None:
    (rival,) = agreement({"a": answered([B], [B]), "b": answered([B], [M])}).table["rival"]
    assert rival == pytest.approx((0.1 + 0.8) / 2)


def test_one_model_agrees_with_nobody() -> None:
    with pytest.raises(ValueError, match="two models or more"):
        agreement({"a": drawn(1)})
