"""The OOD score: far is far, its unit is what it says, and it survives storage."""

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from core.ood.scores import ACCEPTED, ClusterDistance, OodScore

HEAD = 8
"""Of the features, the last."""


def cloud(count: int, seed: int, dimensions: int = 20) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, count)
    centres = np.eye(3, dimensions)[:, ::-1] * 10
    return (centres[labels] + rng.normal(size=(count, dimensions))).astype(np.float32), labels


def odd(count: int, dimensions: int = 20) -> np.ndarray:
    """Outliers: strange in the first feature alone."""
    values = cloud(count, 9, dimensions)[0]
    values[:, 0] += 12
    return values


@pytest.fixture(scope="module")
def score() -> OodScore:
    features, _ = cloud(600, 0)
    return OodScore.fit(features, odd(200), cloud(2000, 1)[0], HEAD)


def test_the_unit_is_the_distance_that_nearly_all_validation_cells_keep(score):
    fresh = score.distance(cloud(5000, 2)[0])
    assert np.mean(fresh <= 1) == pytest.approx(ACCEPTED, abs=0.01)


def test_what_lies_elsewhere_is_farther(score):
    features, _ = cloud(200, 3)
    assert (score.distance(features + 30) > 1).all()
    between = np.zeros((1, 20), np.float32)
    assert score.distance(between)[0] > np.median(score.distance(features))


def test_a_direction_that_training_never_used_counts():
    features, _ = cloud(400, 0, 100)
    features[:, -4:] = 0
    score = OodScore.fit(features, odd(200, 100), features, HEAD)
    strange = features.copy()
    strange[:, -1] = 20
    assert (score.distance(strange) > 1).all()


def test_what_is_strange_to_one_part_alone_is_noticed():
    features, _ = cloud(400, 6)
    score = OodScore.fit(features, odd(200), features, HEAD)
    for place in (0, -5):
        strange = features.copy()
        strange[:, place] += 40
        parts = score.clusters(strange[:, -HEAD:]), score.outliers(strange[:, :-HEAD])
        assert score.distance(strange) == pytest.approx(np.maximum(*parts) / score.unit)
        assert (score.distance(strange) > 1).all()


def test_outliers_score_high_and_a_feature_that_never_changes_has_no_say(score):
    assert (score.distance(odd(300)) > 1).mean() > 0.95
    features, _ = cloud(400, 6)
    features[:, 1] = 3
    still = odd(200)
    still[:, 1] = 3
    fitted = OodScore.fit(features, still, features, HEAD)
    moved = features.copy()
    moved[:, 1] = -50
    assert fitted.distance(moved) == pytest.approx(fitted.distance(features))


def test_storage_changes_nothing(score, tmp_path):
    features, _ = cloud(50, 4)
    save_file(score.tensors(), tmp_path / "gate.safetensors")
    again = OodScore.from_tensors(load_file(tmp_path / "gate.safetensors"))
    assert again.distance(features) == pytest.approx(score.distance(features), rel=1e-6)


def test_fewer_cells_than_clusters_are_no_obstacle():
    features, _ = cloud(100, 5)
    score = OodScore.fit(features, odd(50), features, HEAD)
    assert len(score.clusters.centres) == 100
    assert np.isfinite(score.distance(features)).all()


def test_before_the_head_it_is_the_direction_that_counts():
    features, labels = cloud(600, 7)
    train, other = features[labels != 2], features[labels == 2]
    near = ClusterDistance.fit(train[:, -3:], train[:, -3:])
    assert near(train[:, -3:] * 5) == pytest.approx(near(train[:, -3:]), abs=1e-3)
    assert (near(other[:, -3:]) > 1).mean() > 0.95
