"""Two models on the same cells against statsmodels, known cases and their own promises."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from statsmodels.stats.contingency_tables import mcnemar as other_mcnemar
from statsmodels.stats.multitest import multipletests

from core.evaluation.bootstrap import bootstrap
from core.evaluation.comparison import compare, holm, mcnemar
from core.evaluation.confusion import confusion_matrix
from core.evaluation.metrics.accuracy import accuracy
from core.evaluation.results.predictions import Predictions
from tests.core.evaluation.tables import CLASSES, answered, drawn


@given(st.integers(0, 400), st.integers(0, 400))
def test_mcnemar_equals_statsmodels_and_scipy(only_a: int, only_b: int) -> None:
    p = mcnemar(only_a, only_b)
    assert p == pytest.approx(other_mcnemar([[7, only_a], [only_b, 3]], exact=True).pvalue, rel=1e-9)
    if only_a + only_b:
        assert p == pytest.approx(binomtest(only_a, only_a + only_b).pvalue, rel=1e-9)
    assert p == mcnemar(only_b, only_a)


def test_mcnemar_of_very_many_cells_stays_a_number() -> None:
    assert mcnemar(0, 5000) == 0.0
    assert mcnemar(2500, 2500) == 1.0


def test_counts_cannot_be_negative() -> None:
    with pytest.raises(ValueError, match="cannot be counted"):
        mcnemar(-1, 3)


@settings(max_examples=40)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_equals_statsmodels(p: list[float]) -> None:
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1].tolist())


def test_holm_does_not_count_what_is_unknown() -> None:
    corrected = holm([0.04, math.nan, 0.01])
    assert corrected[0] == 0.04
    assert math.isnan(corrected[1])
    assert corrected[2] == 0.02


def test_hand_worked_case() -> None:
    labels = ["basophil"] * 4 + ["monocyte"] * 2
    a = answered(labels, ["basophil", "basophil", "basophil", "monocyte", "monocyte", "platelet"])
    b = answered(labels, ["basophil", "monocyte", "monocyte", "basophil", "monocyte", "basophil"])
    found = compare(a, b)
    one = found.overall
    assert (one.n, one.both, one.only_a, one.only_b, one.neither) == (6, 2, 2, 1, 1)
    assert one.difference.value == pytest.approx(1 / 6)
    assert one.p == 1.0
    basophil, monocyte, platelet = found.per_class
    assert (basophil.key, basophil.n, basophil.only_a, basophil.only_b) == ("basophil", 4, 2, 1)
    assert basophil.difference.value == pytest.approx(1 / 4)
    assert (monocyte.n, monocyte.both, monocyte.neither) == (2, 1, 1)
    assert monocyte.difference.value == 0
    assert math.isnan(monocyte.difference.low)
    assert platelet.n == 0
    assert math.isnan(platelet.difference.value)
    assert math.isnan(platelet.p_holm)
    assert not found.alike


@given(st.integers(0, 50), st.integers(0, 50))
def test_swapping_the_models_turns_every_difference_round(first: int, second: int) -> None:
    a, b = drawn(first, n=60), drawn(second, n=60, right=0.5)
    one, other = compare(a, b), compare(b, a)
    assert one.overall.difference.value == pytest.approx(-other.overall.difference.value)
    assert (one.overall.only_a, one.overall.p) == (other.overall.only_b, other.overall.p)
    gain = accuracy(confusion_matrix(a.labels, a.predicted, 3)) - accuracy(confusion_matrix(b.labels, b.predicted, 3))
    assert one.overall.difference.value == pytest.approx(float(gain))
    assert sum(tally.n for tally in one.per_class) == 60
    for tally in (one.overall, *one.per_class):
        if not math.isnan(tally.difference.low):
            assert tally.difference.low <= tally.difference.value <= tally.difference.high


def test_the_interval_is_the_paired_bootstrap_by_image() -> None:
    a, b = drawn(1, n=400), drawn(2, n=400, right=0.5)
    slow = bootstrap(lambda x, y: float(x.mean() - y.mean()), a.predicted == a.labels, b.predicted == b.labels)
    quick = compare(a, b).overall.difference
    assert (quick.value, quick.low, quick.high) == pytest.approx((slow.value, slow.low, slow.high), abs=0.012)


def test_cells_of_one_photo_are_drawn_together() -> None:
    """Every cell forty times over: with groups the interval stays that of the single cells."""

    def forty(table: Predictions, groups: bool) -> Predictions:
        rows = np.repeat(np.arange(len(table)), 40)
        copies = table.table.iloc[rows].reset_index(drop=True)
        copies["group"] = copies["key"]
        copies["key"] = [f"{key}-{number}" for number, key in enumerate(copies["key"])]
        return Predictions(copies if groups else copies.drop(columns="group"))

    def width(a: Predictions, b: Predictions) -> float:
        difference = compare(a, b).overall.difference
        return difference.high - difference.low

    a, b = drawn(1, n=50), drawn(2, n=50, right=0.5)
    grouped, single = width(forty(a, True), forty(b, True)), width(a, b)
    assert grouped == pytest.approx(single, rel=0.15)
    assert grouped > 4 * width(forty(a, False), forty(b, False))
    assert compare(forty(a, True), forty(b, True)).grouped


def test_a_class_that_makes_the_difference_is_found_and_others_are_not() -> None:
    labels = [key for key in CLASSES for _ in range(40)]
    missed = ["platelet"] * 15 + ["basophil"] * 25 + labels[40:]
    found = compare(answered(labels, labels), answered(labels, missed))
    assert [one.key for one in found.significant] == ["basophil"]
    assert found.significant[0].p_holm == pytest.approx(3 * mcnemar(15, 0))
    assert found.overall.difference.low > 0


def test_one_model_twice_is_alike() -> None:
    found = compare(drawn(1), drawn(1))
    assert found.alike
    assert found.overall.p == 1.0
    assert found.significant == ()
