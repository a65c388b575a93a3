"""Mahalanobis distance to the nearest class, in units of what validation cells keep to."""

import numpy as np
import pytest

from core.ood.mahalanobis import ClassDistance
from core.ood.scores import ACCEPTED


def cloud(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Three classes, ten apart, much wider along the first feature than along the others."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, count)
    spread = np.array([8, *np.ones(11)])
    return (np.eye(3, 12)[labels][:, ::-1] * 10 + rng.normal(size=(count, 12)) * spread).astype(np.float32), labels


@pytest.fixture(scope="module", params=[False, True])
def distance(request) -> ClassDistance:
    features, labels = cloud(900, 0)
    return ClassDistance.fit(features, labels, cloud(2000, 1)[0], 12, even=request.param)


def test_the_unit_is_what_nearly_all_validation_cells_keep_to(distance):
    assert np.mean(distance(cloud(5000, 2)[0]) <= 1) == pytest.approx(ACCEPTED, abs=0.01)


def test_a_step_counts_by_the_spread_along_it(distance):
    centre = cloud(900, 0)[0][cloud(900, 0)[1] == 0].mean(0, keepdims=True)
    along, aside = np.eye(12, dtype=np.float32)[[0, 5]] * 8
    assert distance(centre + along)[0] < 1 < distance(centre + aside)[0]


def test_the_nearest_class_counts(distance):
    features, labels = cloud(900, 3)
    alone = ClassDistance.fit(features[labels == 0], labels[labels == 0], features[labels == 0], 12, even=False)
    others = features[labels != 0]
    assert np.mean(distance(others) <= 1) > 0.9
    assert np.mean(alone(others) <= 1) < 0.1


def test_a_class_without_cells_is_no_obstacle():
    features, labels = cloud(100, 5)
    fitted = ClassDistance.fit(features, np.where(labels == 1, 4, labels), features, 12, even=False)
    assert np.isfinite(fitted(features)).all()
