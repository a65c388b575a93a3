"""Coverage by laboratory: against counting, and fitted on others alone."""

import numpy as np
import pytest

from core.evaluation.laboratory_sets import cross_fitted_coverage, set_coverage
from tests.core.evaluation.test_strangers import answers, of


def test_by_hand():
    """Limit .5 of LAC: classes of probability .5 or more; the last two sets are empty and wrong."""
    cells = of([3, 3, 0, 2], [3, 1, 0, 1], [0.9, 0.6, 0.4, 0.45])
    coverage = set_coverage(cells, [0.5])
    assert coverage.n == 4
    assert coverage.held.value == pytest.approx(1 / 4)
    assert coverage.size.value == pytest.approx(2 / 4)
    assert {size: (rate.value, rate.n) for size, rate in coverage.by_size.items()} == {0: (0, 2), 1: (0.5, 2)}


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_sets_of_like_laboratories_keep_their_promise_and_of_unlike_ones_do_not(level):
    like = {name: answers(seed, 400) for seed, name in enumerate("abc")}
    found = cross_fitted_coverage(like, level=level)
    assert all(one.held.value > level - 0.06 for one in found.values())
    worse = cross_fitted_coverage(like | {"d": answers(9, 400, right=0.2)}, level=level)["d"]
    assert worse.held.high < level
    assert cross_fitted_coverage({"a": like["a"]}) == {}


def test_a_laboratory_has_no_say_in_its_own_limits():
    labs = {name: answers(seed, 200) for seed, name in enumerate("abc")}
    before = cross_fitted_coverage(labs)["a"]
    changed = cross_fitted_coverage(labs | {"b": answers(7, 200, right=0.1)})["a"]
    assert changed.size.value != before.size.value
    assert sum(rate.n for rate in before.by_size.values()) == before.n
    assert sum(rate.n * rate.value for rate in before.by_size.values()) == pytest.approx(before.held.value * before.n)


def test_whole_groups_are_drawn():
    one = answers(3, 300)
    wrong = one.probabilities.argmax(1) != one.labels
    grouped = set_coverage(type(one)(one.labels, one.probabilities, wrong.astype(np.str_), one.distances), [0.6])
    alone = set_coverage(one, [0.6])
    assert grouped.held.value == alone.held.value
    assert grouped.held.high - grouped.held.low > alone.held.high - alone.held.low
