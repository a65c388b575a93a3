"""Bins of confidence: they hold all images, and add up to the calibration error."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation.intervals import wilson
from core.evaluation.metrics.calibration import ece
from core.evaluation.reliability import reliability


@given(st.integers(1, 200), st.integers(1, 20), st.integers(0, 99), st.booleans())
def test_the_bins_make_the_calibration_error(n, bins, seed, ties):
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.ones(4), n)
    if ties:
        p = np.round(p, 1) + 1e-9
    truth = rng.integers(0, 4, n)
    found = reliability(p, truth, bins)
    assert sum(one.n for one in found) == n
    error = sum(one.n * abs(one.right.value - one.confidence) for one in found) / n
    assert error == pytest.approx(ece(p, truth, bins), abs=1e-9)
    assert all(one.lowest <= one.confidence + 1e-12 and one.confidence <= one.highest + 1e-12 for one in found)
    ends = [end for one in found for end in (one.lowest, one.highest)]
    assert ends == sorted(ends)


def test_by_hand():
    p = [[0.6, 0.4], [0.7, 0.3], [0.2, 0.8], [0.1, 0.9]]
    low, high = reliability(p, [0, 1, 1, 1], bins=2)
    assert (low.lowest, low.highest, low.right) == (0.6, 0.7, wilson(1, 2))
    assert high.confidence == pytest.approx(0.85)
    assert high.right == wilson(2, 2)


def test_without_images_there_are_no_bins():
    assert reliability(np.zeros((0, 3)), np.zeros(0, int)) == ()


def test_without_bins_it_is_refused():
    with pytest.raises(ValueError, match="at least one bin"):
        reliability([[0.5, 0.5]], [0], bins=0)
