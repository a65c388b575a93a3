"""Intervals against SciPy, known cases and their own promise of covering the truth."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from core.evaluation.bootstrap import bootstrap
from core.evaluation.intervals import percentile_interval, wilson

QUICK = {"n_resamples": 200}


@settings(deadline=None)
@given(n=st.integers(1, 5000), share=st.floats(0, 1), confidence=st.sampled_from([0.8, 0.95, 0.99]))
def test_wilson_equals_scipy(n: int, share: float, confidence: float) -> None:
    k = round(share * n)
    rate = wilson(k, n, confidence)
    expected = stats.binomtest(k, n).proportion_ci(confidence, method="wilson")
    assert (rate.low, rate.high) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert rate.value == k / n
    assert rate.n == n
    assert 0 <= rate.low <= rate.value <= rate.high <= 1


def test_wilson_of_a_published_example() -> None:
    """81 of 263 (Newcombe 1998, Statistics in Medicine 17, table I): 0.2553 to 0.3662."""
    rate = wilson(81, 263)
    assert (rate.low, rate.high) == pytest.approx((0.2553, 0.3662), abs=5e-5)


def test_wilson_without_images_says_that_nothing_is_known() -> None:
    rate = wilson(0, 0)
    assert math.isnan(rate.value)
    assert (rate.low, rate.high, rate.n) == (0.0, 1.0, 0)


@pytest.mark.parametrize(("k", "n"), [(3, 2), (-1, 2), (1, 0), (0, -1)])
def test_wilson_refuses_impossible_counts(k: int, n: int) -> None:
    with pytest.raises(ValueError, match="not a proportion"):
        wilson(k, n)


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95.0])
def test_wilson_refuses_a_confidence_that_is_no_share(confidence: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        wilson(1, 2, confidence)


def test_bootstrap_of_a_mean_is_near_its_normal_interval() -> None:
    values = np.random.default_rng(1).normal(5, 2, size=400)
    interval = bootstrap(np.mean, values)
    half = 1.96 * values.std(ddof=1) / 20
    assert interval.value == values.mean()
    assert (interval.low, interval.high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.03)


def test_bootstrap_resamples_arrays_together() -> None:
    x = np.arange(50.0)
    interval = bootstrap(lambda a, b: float(np.abs(a - b).max()), x, x.copy(), **QUICK)
    assert (interval.value, interval.low, interval.high) == (0.0, 0.0, 0.0)


def test_bootstrap_gives_the_same_for_the_same_seed_only() -> None:
    values = np.random.default_rng(2).normal(size=60)
    assert bootstrap(np.mean, values, seed=3, **QUICK) == bootstrap(np.mean, values, seed=3, **QUICK)
    assert bootstrap(np.mean, values, seed=3, **QUICK) != bootstrap(np.mean, values, seed=4, **QUICK)


def test_cells_of_one_photo_are_drawn_together() -> None:
    """Ten photos of forty equal cells hold ten facts, not four hundred."""
    per_photo = np.random.default_rng(4).normal(size=10)
    cells = np.repeat(per_photo, 40)
    photos = np.repeat([f"photo {i}" for i in range(10)], 40)
    order = np.random.default_rng(5).permutation(400)
    grouped = bootstrap(np.mean, cells[order], groups=photos[order])
    facts = bootstrap(np.mean, per_photo)
    singly = bootstrap(np.mean, cells)
    assert grouped.high - grouped.low == pytest.approx(facts.high - facts.low, rel=0.1)
    assert grouped.high - grouped.low > 4 * (singly.high - singly.low)


def test_every_member_of_a_drawn_group_counts() -> None:
    sizes = bootstrap(lambda v: float(len(v)), np.zeros(6), groups=["a", "b", "b", "c", "c", "c"], **QUICK)
    assert sizes.value == 6
    assert 3 <= sizes.low < 6 < sizes.high <= 9


def test_one_group_tells_nothing_about_spread() -> None:
    interval = bootstrap(np.mean, np.array([1.0, 3.0]), groups=["a", "a"])
    assert interval.value == 2.0
    assert math.isnan(interval.low)
    assert math.isnan(interval.high)


def test_undefined_resamples_are_left_out() -> None:
    assert percentile_interval(0.5, np.array([np.nan, 0.4, 0.6, np.nan]), confidence=1.0).low == 0.4
    assert math.isnan(percentile_interval(0.5, np.array([np.nan])).low)
    assert math.isnan(percentile_interval(math.nan, np.array([0.4])).high)


def test_bootstrap_refuses_arrays_of_different_lengths() -> None:
    with pytest.raises(ValueError, match="one length"):
        bootstrap(np.mean, np.zeros(3), np.zeros(4))
    with pytest.raises(ValueError, match="one length"):
        bootstrap(np.mean, np.zeros(3), groups=["a"])
    with pytest.raises(ValueError, match="one length"):
        bootstrap(np.mean)
