"""Thresholds: counts by hand, Bayes' rule, and intervals that keep their promise."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation.intervals import wilson
from core.evaluation.operating_points import bayes, operate
from tests.core.evaluation.tables import CLASSES, answered, drawn

SHARES = st.floats(0, 1)


@given(seed=st.integers(0, 500), threshold=SHARES, prevalence=SHARES, key=st.sampled_from(CLASSES))
def test_counts_rates_and_values_fit_each_other(seed: int, threshold: float, prevalence: float, key: str) -> None:
    table = drawn(seed, n=60)
    point = operate(table, key, threshold, prevalence)
    called = table.table[f"p_{key}"].to_numpy() >= np.float32(threshold)
    truth = (table.table["label"] == key).to_numpy()
    assert (point.tp, point.fp) == ((called & truth).sum(), (called & ~truth).sum())
    assert point.tp + point.fp + point.fn + point.tn == 60
    assert point.sensitivity == wilson(point.tp, point.tp + point.fn)
    assert point.specificity == wilson(point.tn, point.tn + point.fp)
    for figure in (point.ppv, point.npv):
        if not math.isnan(figure.value):
            assert 0 <= figure.low <= figure.value <= figure.high <= 1


@given(seed=st.integers(0, 100), low=SHARES, high=SHARES)
def test_a_higher_threshold_finds_no_more_and_alarms_no_more(seed: int, low: float, high: float) -> None:
    low, high = sorted((low, high))
    table = drawn(seed, n=60)
    few, many = operate(table, "monocyte", high, 0.1), operate(table, "monocyte", low, 0.1)
    assert few.tp <= many.tp
    assert few.fp <= many.fp


def test_at_the_share_tested_the_predictive_values_are_those_of_the_cells() -> None:
    table = drawn(3)
    share = float((table.table["label"] == "platelet").mean())
    point = operate(table, "platelet", 0.4, share)
    assert point.ppv.value == pytest.approx(point.tp / (point.tp + point.fp))
    assert point.npv.value == pytest.approx(point.tn / (point.tn + point.fn))


def test_bayes_by_hand() -> None:
    """Sensitivity 90 %, specificity 99 %, one in a hundred: 0.009 / (0.009 + 0.0099)."""
    ppv, npv = bayes(np.array([0.9]), np.array([0.99]), 0.01)
    assert ppv[0] == pytest.approx(0.009 / 0.0189)
    assert npv[0] == pytest.approx(0.9801 / 0.9811)


def test_without_a_mistake_the_interval_keeps_a_width() -> None:
    labels = [*CLASSES] * 20
    point = operate(answered(labels, labels), "monocyte", 0.5, 0.02)
    assert (point.fp, point.fn) == (0, 0)
    assert point.ppv.value == point.ppv.high == 1
    assert point.ppv.low < 0.8
    assert 0.99 < point.npv.low < 1


def test_more_cells_make_a_narrower_interval() -> None:
    labels, said = [*CLASSES] * 10, ["monocyte", *CLASSES[1:]] * 2 + [*CLASSES] * 8
    few, many = (operate(answered(labels * k, said * k), "monocyte", 0.5, 0.2).ppv for k in (1, 20))
    assert few.value == pytest.approx(many.value)
    assert many.high - many.low < 0.4 * (few.high - few.low)


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(8)
    truth = float(bayes(np.array([0.92]), np.array([0.98]), 0.05)[0][0])
    hits = 0
    for _ in range(150):
        tp, fp = int(rng.binomial(80, 0.92)), int(rng.binomial(300, 0.02))
        labels = ["monocyte"] * 80 + ["basophil"] * 300
        said = ["monocyte"] * tp + ["basophil"] * (80 - tp) + ["monocyte"] * fp + ["basophil"] * (300 - fp)
        ppv = operate(answered(labels, said), "monocyte", 0.5, 0.05).ppv
        hits += ppv.low <= truth <= ppv.high
    assert 0.89 <= hits / 150 <= 1.0


def test_a_class_without_cells_or_calls_is_unknown() -> None:
    table = answered(["basophil", "monocyte"], ["basophil", "monocyte"])
    assert math.isnan(operate(table, "platelet", 0.5, 0.1).ppv.value)
    silent = operate(table, "basophil", 0.99, 0.1)
    assert math.isnan(silent.ppv.value)
    assert silent.npv.value == pytest.approx(0.9)


@pytest.mark.parametrize(("threshold", "prevalence"), [(1.2, 0.5), (0.5, -0.1)])
def test_shares_outside_the_scale_are_refused(threshold: float, prevalence: float) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        operate(drawn(1), "monocyte", threshold, prevalence)
