"""Distances between sets of features, against their definitions written out and against scipy."""

import numpy as np
import pytest
from scipy.linalg import sqrtm
from scipy.spatial.distance import cdist

from core.evaluation.feature_distances import (
    frechet_distance,
    kernel_distance,
    kernel_distance_spread,
    precision_recall,
)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize(("n", "m", "width"), [(60, 80, 6), (20, 25, 40)])
def test_frechet_is_its_definition(rng, n, m, width):
    a = rng.normal(size=(n, width)) @ rng.normal(size=(width, width))
    b = rng.normal(1.0, 2.0, size=(m, width))
    first, second = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    apart = a.mean(0) - b.mean(0)
    wanted = apart @ apart + np.trace(first + second - 2 * sqrtm(first @ second).real)
    assert frechet_distance(a, b) == pytest.approx(wanted, rel=1e-4)


def test_frechet_of_shifted_and_scaled_sets(rng):
    a = rng.normal(size=(500, 5))
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(a, a + 3) == pytest.approx(5 * 9)
    spread = a - a.mean(0)
    # Standard deviations 1 and 2 along each axis: the sum of the variances of the first.
    assert frechet_distance(spread, 2 * spread) == pytest.approx(np.cov(spread, rowvar=False).trace())


def test_kernel_distance_is_its_definition(rng):
    a, b = rng.normal(size=(7, 4)), rng.normal(0.5, 1, size=(9, 4))

    def kernel(x, y):
        return (x @ y / 4 + 1) ** 3

    within_a = np.mean([kernel(a[i], a[j]) for i in range(7) for j in range(7) if i != j])
    within_b = np.mean([kernel(b[i], b[j]) for i in range(9) for j in range(9) if i != j])
    between = np.mean([kernel(x, y) for x in a for y in b])
    assert kernel_distance(a, b) == pytest.approx(within_a + within_b - 2 * between)


def test_kernel_distance_is_unbiased(rng):
    alike = [kernel_distance(rng.normal(size=(40, 3)), rng.normal(size=(40, 3))) for _ in range(200)]
    assert abs(np.mean(alike)) < 3 * np.std(alike) / np.sqrt(200)
    assert min(alike) < 0
    assert kernel_distance(rng.normal(size=(40, 3)), rng.normal(2, 1, size=(40, 3))) > max(alike)


def test_the_spread_is_the_same_each_time_and_falls_with_the_size(rng):
    a, b = rng.normal(size=(400, 3)), rng.normal(size=(400, 3))
    assert kernel_distance_spread(a, b, 30, 50) == kernel_distance_spread(a, b, 30, 50)
    assert kernel_distance_spread(a, b, 30, 200) < kernel_distance_spread(a, b, 30, 20)


def test_coverage_is_its_definition(rng):
    real, made = rng.normal(size=(90, 3)), rng.normal(0.8, 0.6, size=(70, 3))
    among_real, among_made = (np.sort(cdist(s, s), axis=1)[:, 3] for s in (real, made))
    between = cdist(made, real)
    found = precision_recall(real, made)
    assert found.precision == pytest.approx(np.mean((between <= among_real[None]).any(1)))
    assert found.recall == pytest.approx(np.mean((among_made[None] >= between.T).any(1)))


def test_coverage_tells_poor_from_narrow(rng):
    real = rng.normal(size=(800, 2)) * [4, 1]
    narrow = rng.normal(size=(800, 2)) * [0.4, 0.4]
    assert precision_recall(real, narrow).precision > 0.95
    assert precision_recall(real, narrow).recall < 0.4
    far = precision_recall(real, real + 100)
    assert (far.precision, far.recall) == (0, 0)
    assert precision_recall(real, real).to_dict() == {"precision": 1.0, "recall": 1.0}


@pytest.mark.parametrize("distance", [frechet_distance, kernel_distance, precision_recall])
def test_what_cannot_be_compared_is_refused(distance):
    with pytest.raises(ValueError, match="features must be"):
        distance(np.zeros((5, 3)), np.zeros((5, 4)))
    with pytest.raises(ValueError, match=r"at least two|more than"):
        distance(np.zeros((1, 3)), np.zeros((5, 3)))
