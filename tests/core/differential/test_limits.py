"""Exact limits: Rümke's table, statsmodels' figures, and how many more cells narrow them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from core.differential.limits import MOST_CELLS, cells_for, exact, more_cells, outward

# Percent counted: limits for 100, 200, 500 and 1,000 cells, as they are printed in textbooks after Rümke.
RUMKE = {
    0: ("0-4", "0-2", "0-1", "0-1"),
    1: ("0-6", "0-4", "0-3", "0-2"),
    2: ("0-8", "0-6", "0-4", "1-4"),
    3: ("0-9", "1-7", "1-5", "2-5"),
    4: ("1-10", "1-8", "2-7", "2-6"),
    5: ("1-12", "2-10", "3-8", "3-7"),
    6: ("2-13", "3-11", "4-9", "4-8"),
    7: ("2-14", "3-12", "4-10", "5-9"),
    8: ("3-16", "4-13", "5-11", "6-10"),
    9: ("4-17", "5-14", "6-12", "7-11"),
    10: ("4-18", "6-16", "7-13", "8-13"),
    20: ("12-30", "14-27", "16-24", "17-23"),
    30: ("21-40", "23-37", "26-35", "27-33"),
    50: ("39-61", "42-58", "45-55", "46-54"),
}


@pytest.mark.parametrize("percent", RUMKE)
def test_limits_rounded_outward_are_rumkes_table(percent):
    found = [outward(exact(percent * n // 100, n)) for n in (100, 200, 500, 1_000)]
    assert tuple(f"{low}-{high}" for low, high in found) == RUMKE[percent]


@pytest.mark.parametrize(("n", "limits"), [(100, (1, 12)), (200, (2, 10)), (400, (3, 8))])
def test_five_percent_of_100_200_and_400_cells(n, limits):
    assert outward(exact(n // 20, n)) == limits


@given(st.integers(1, 2_000), st.data())
def test_limits_are_those_of_statsmodels(n, data):
    successes = data.draw(st.integers(0, n))
    found = exact(successes, n)
    low, high = proportion_confint(successes, n, method="beta")
    assert found.low == pytest.approx(low, abs=1e-9)
    assert found.high == pytest.approx(high, abs=1e-9)
    assert found.low <= found.value <= found.high


def test_of_no_cells_nothing_is_known():
    found = exact(0, 0)
    assert math.isnan(found.value)
    assert outward(found) == (0, 100)


@pytest.mark.parametrize(("successes", "n"), [(-1, 5), (6, 5)])
def test_what_is_no_proportion_is_refused(successes, n):
    with pytest.raises(ValueError, match="not a proportion"):
        exact(successes, n)


def test_a_whole_limit_is_not_rounded_further():
    assert outward(exact(100, 100))[1] == 100
    assert outward(exact(0, 100))[0] == 0


@pytest.mark.parametrize("share", [0.05, 0.3, 0.5, 0.97])
def test_so_many_cells_are_enough_and_fewer_are_not(share):
    enough = cells_for(share, 5)
    # Planning is smooth, counts are whole: they agree up to a step of 40 cells.
    assert _width(share, enough + 40) < 0.10 < _width(share, enough - 40)


def test_a_class_that_is_not_met_needs_few_cells():
    assert exact(0, cells_for(0, 5)).high <= 0.10 < exact(0, cells_for(0, 5) - 1).high


def _width(share, n):
    found = exact(round(share * n), n)
    return found.high - found.low


def test_half_of_the_cells_ask_for_about_four_hundred():
    assert 385 <= cells_for(0.5, 5) <= 410
    assert more_cells(0.5, 100, 5) == cells_for(0.5, 5) - 100
    assert more_cells(0.5, 5_000, 5) == 0


def test_too_narrow_is_never_reached():
    assert cells_for(0.5, 0.01) is None
    assert more_cells(0.5, MOST_CELLS, 0.01) is None
    with pytest.raises(ValueError, match="points"):
        cells_for(0.5, 0)
