"""The gate: far is far, its unit is what it says, and it survives storage."""

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from core.ood.scores import ACCEPTED, Gate, KindDistance

HEAD = 8
"""Of the features, the last."""


def cloud(count: int, seed: int, dimensions: int = 20) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, count)
    centres = np.eye(3, dimensions)[:, ::-1] * 10
    return (centres[labels] + rng.normal(size=(count, dimensions))).astype(np.float32), labels


def odd(count: int, dimensions: int = 20) -> np.ndarray:
    """Decoys: strange in the first feature alone."""
    decoys = cloud(count, 9, dimensions)[0]
    decoys[:, 0] += 12
    return decoys


@pytest.fixture(scope="module")
def gate() -> Gate:
    features, _ = cloud(600, 0)
    return Gate.fit(features, odd(200), cloud(2000, 1)[0], HEAD)


def test_the_unit_is_the_distance_that_nearly_all_validation_cells_keep(gate):
    fresh = gate.distance(cloud(5000, 2)[0])
    assert np.mean(fresh <= 1) == pytest.approx(ACCEPTED, abs=0.01)


def test_what_lies_elsewhere_is_farther(gate):
    features, _ = cloud(200, 3)
    assert (gate.distance(features + 30) > 1).all()
    between = np.zeros((1, 20), np.float32)
    assert gate.distance(between)[0] > np.median(gate.distance(features))


def test_a_direction_that_training_never_used_counts():
    features, _ = cloud(400, 0, 100)
    features[:, -4:] = 0
    gate = Gate.fit(features, odd(200, 100), features, HEAD)
    strange = features.copy()
    strange[:, -1] = 20
    assert (gate.distance(strange) > 1).all()


def test_what_is_strange_to_one_part_alone_is_noticed():
    features, _ = cloud(400, 6)
    gate = Gate.fit(features, odd(200), features, HEAD)
    for place in (0, -5):
        strange = features.copy()
        strange[:, place] += 40
        parts = gate.head(strange[:, -HEAD:]), gate.way(strange[:, :-HEAD])
        assert gate.distance(strange) == pytest.approx(np.maximum(*parts) / gate.unit)
        assert (gate.distance(strange) > 1).all()


def test_decoys_are_told_and_a_feature_that_never_changes_has_no_say(gate):
    assert (gate.distance(odd(300)) > 1).mean() > 0.95
    features, _ = cloud(400, 6)
    features[:, 1] = 3
    still = odd(200)
    still[:, 1] = 3
    fitted = Gate.fit(features, still, features, HEAD)
    moved = features.copy()
    moved[:, 1] = -50
    assert fitted.distance(moved) == pytest.approx(fitted.distance(features))


def test_storage_changes_nothing(gate, tmp_path):
    features, _ = cloud(50, 4)
    save_file(gate.tensors(), tmp_path / "gate.safetensors")
    again = Gate.from_tensors(load_file(tmp_path / "gate.safetensors"))
    assert again.distance(features) == pytest.approx(gate.distance(features), rel=1e-6)


def test_fewer_cells_than_kinds_are_no_obstacle():
    features, _ = cloud(100, 5)
    gate = Gate.fit(features, odd(50), features, HEAD)
    assert len(gate.head.middles) == 100
    assert np.isfinite(gate.distance(features)).all()


def test_before_the_head_it_is_the_direction_that_counts():
    features, labels = cloud(600, 7)
    known, other = features[labels != 2], features[labels == 2]
    near = KindDistance.fit(known[:, -3:], known[:, -3:])
    assert near(known[:, -3:] * 5) == pytest.approx(near(known[:, -3:]), abs=1e-3)
    assert (near(other[:, -3:]) > 1).mean() > 0.95
