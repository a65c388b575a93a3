"""Cohen's kappa against scikit-learn and statsmodels, and where these say nothing."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa

from core.evaluation.kappa import cohen_kappa

NAMINGS = st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("abcd")), min_size=2, max_size=60)


@settings(max_examples=40)
@pytest.mark.filterwarnings("ignore::RuntimeWarning:statsmodels")
@given(NAMINGS)
def test_kappa_and_its_interval_equal_others(pairs):
    one, other = zip(*pairs, strict=True)
    kappa = cohen_kappa(one, other)
    classes = sorted({*one, *other})
    if min(len({*one}), len({*other})) == 1 or one == other:
        return
    assert kappa.value == pytest.approx(cohen_kappa_score(one, other), abs=1e-12)
    table = np.zeros((len(classes), len(classes)))
    for a, b in pairs:
        table[classes.index(a), classes.index(b)] += 1
    theirs = cohens_kappa(table)
    if math.isfinite(theirs.kappa_low):  # rounding may leave them the root of less than 0
        assert kappa.low == pytest.approx(max(-1, theirs.kappa_low), abs=1e-6)
        assert kappa.high == pytest.approx(min(1, theirs.kappa_upp), abs=1e-6)


def test_full_agreement_is_surer_of_more_cells():
    few, many = (cohen_kappa(["a", "b"] * n, ["a", "b"] * n) for n in (3, 300))
    assert few.value == many.value == few.high == 1
    assert few.low < 0.5 < many.low < 1


def test_where_there_is_nothing_to_agree_on():
    assert math.isnan(cohen_kappa([], []).value)
    assert math.isnan(cohen_kappa(["a"] * 9, ["a"] * 9).value)
    assert math.isnan(cohen_kappa(["a"] * 9, ["a"] * 8 + ["b"]).low)
    with pytest.raises(ValueError, match="not of the same cells"):
        cohen_kappa(["a"], [])
