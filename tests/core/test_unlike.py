"""The gate: far is far, its unit is what it says, and it survives storage."""

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from core.unlike import ACCEPTED, Gate

HEAD = 8
"""Of the features, the last."""


def cloud(count: int, seed: int, dimensions: int = 20) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, count)
    centres = np.eye(3, dimensions)[:, ::-1] * 10
    return (centres[labels] + rng.normal(size=(count, dimensions))).astype(np.float32), labels


@pytest.fixture(scope="module")
def gate() -> Gate:
    features, labels = cloud(600, 0)
    return Gate.fit(features, labels, cloud(2000, 1)[0], HEAD)


def test_the_unit_is_the_distance_that_nearly_all_validation_cells_keep(gate):
    fresh = gate.distance(cloud(5000, 2)[0])
    assert np.mean(fresh <= 1) == pytest.approx(ACCEPTED, abs=0.01)


def test_what_lies_elsewhere_is_farther(gate):
    features, _ = cloud(200, 3)
    assert (gate.distance(features + 30) > 1).all()
    between = np.zeros((1, 20), np.float32)
    assert gate.distance(between)[0] > np.median(gate.distance(features))


def test_a_direction_that_training_never_used_counts():
    features, labels = cloud(400, 0, 100)
    features[:, :40] = 0
    gate = Gate.fit(features, labels, features, HEAD)
    strange = features.copy()
    strange[:, 0] = 20
    assert (gate.distance(strange) > 1).all()


@pytest.mark.parametrize("place", [0, -1])
def test_what_is_strange_to_one_part_alone_is_noticed(place):
    features, labels = cloud(400, 6)
    strange = features.copy()
    strange[:, place] += 25
    gate = Gate.fit(features, labels, features, HEAD)
    parts = gate.stages(strange[:, :-HEAD]), gate.head(strange[:, -HEAD:])
    assert gate.distance(strange) == pytest.approx(np.maximum(*parts) / gate.unit)
    assert (gate.distance(strange) > 1).all()


def test_storage_changes_nothing(gate, tmp_path):
    features, _ = cloud(50, 4)
    save_file(gate.tensors(), tmp_path / "gate.safetensors")
    again = Gate.from_tensors(load_file(tmp_path / "gate.safetensors"))
    assert again.distance(features) == pytest.approx(gate.distance(features), rel=1e-6)


def test_a_class_without_cells_is_no_obstacle():
    features, labels = cloud(100, 5)
    gate = Gate.fit(features, np.where(labels == 1, 4, labels), features, HEAD)
    assert np.isfinite(gate.distance(features)).all()
