"""What an OOD score is fitted on: every training cell, some changed or augmented, and outliers."""

import numpy as np
import pytest

from core.ood.outliers import TRAINING_OUTLIERS
from core.ood.training_features import EVERY, image_count, training_features
from core.synthetic.drawings import CELL_CLASSES, drawn_cell

COUNT = 12


def crops() -> list[np.ndarray]:
    return [drawn_cell(CELL_CLASSES[row % 3], row, 28) for row in range(COUNT)]


def extract(part: list[np.ndarray]) -> np.ndarray:
    return np.stack(part).reshape(len(part), -1).astype(np.float32)


def fitted(policy: str):
    return training_features(extract, crops(), COUNT, policy)


def test_cells_come_first_and_it_is_known_of_which_each_changed_one_was_made():
    features = fitted("none")
    assert np.array_equal(features.features[:COUNT], extract(crops()))
    changed = COUNT // EVERY
    assert len(features.features) == len(features.rows) == COUNT + 2 * changed
    assert np.array_equal(features.rows[:COUNT], np.arange(COUNT))
    assert np.array_equal(features.rows[COUNT:], np.r_[np.arange(0, COUNT, 3), np.arange(1, COUNT, 3)])
    # Without a policy what was augmented is the cell itself.
    assert np.array_equal(features.features[-changed:], extract(crops()[1::EVERY]))


def test_what_training_made_worse_is_known_as_such():
    plain, worn = fitted("none"), fitted("hard")
    changed = COUNT // EVERY
    assert np.array_equal(worn.features[:-changed], plain.features[:-changed])
    assert not np.array_equal(worn.features[-changed:], plain.features[-changed:])
    assert np.array_equal(worn.features, fitted("hard").features)


@pytest.mark.parametrize("count", [1, 2, 3, 7, COUNT])
def test_the_pictures_are_counted_beforehand(count):
    lengths: list[int] = []

    def counting(part: list[np.ndarray]) -> np.ndarray:
        lengths.append(len(part))
        return extract(part)

    training_features(counting, crops()[:count], count, "none")
    assert sum(lengths) == image_count(count)


def test_each_kind_of_outlier_can_be_left_out():
    features = fitted("none")
    assert set(features.outliers) == set(TRAINING_OUTLIERS)
    left = len(features.all_outliers()) - len(features.all_outliers(TRAINING_OUTLIERS[0]))
    assert left == len(features.outliers[TRAINING_OUTLIERS[0]]) > 0
