"""What a gate learns from: every training cell, some harmlessly changed, some as training augmented them, decoys."""

import numpy as np
import pytest

from core.ood.outliers import TAUGHT
from core.ood.training_features import EVERY, pictures_of, seen_in_training
from core.synthetic.drawings import KINDS, drawn_cell

COUNT = 12


def crops() -> list[np.ndarray]:
    return [drawn_cell(KINDS[row % 3], row, 28) for row in range(COUNT)]


def see(part: list[np.ndarray]) -> np.ndarray:
    return np.stack(part).reshape(len(part), -1).astype(np.float32)


def known(policy: str):
    return seen_in_training(see, crops(), COUNT, policy)


def test_cells_come_first_and_it_is_known_of_which_each_changed_one_was_made():
    found = known("none")
    assert np.array_equal(found.seen[:COUNT], see(crops()))
    changed = COUNT // EVERY
    assert len(found.seen) == len(found.rows) == COUNT + 2 * changed
    assert np.array_equal(found.rows[:COUNT], np.arange(COUNT))
    assert np.array_equal(found.rows[COUNT:], np.r_[np.arange(0, COUNT, 3), np.arange(1, COUNT, 3)])
    # Without a policy what was augmented is the cell itself.
    assert np.array_equal(found.seen[-changed:], see(crops()[1::EVERY]))


def test_what_training_made_worse_is_known_as_such():
    plain, worn = known("none"), known("hard")
    changed = COUNT // EVERY
    assert np.array_equal(worn.seen[:-changed], plain.seen[:-changed])
    assert not np.array_equal(worn.seen[-changed:], plain.seen[-changed:])
    assert np.array_equal(worn.seen, known("hard").seen)


@pytest.mark.parametrize("count", [1, 2, 3, 7, COUNT])
def test_the_pictures_are_counted_beforehand(count):
    looked: list[int] = []

    def counting(part: list[np.ndarray]) -> np.ndarray:
        looked.append(len(part))
        return see(part)

    seen_in_training(counting, crops()[:count], count, "none")
    assert sum(looked) == pictures_of(count)


def test_each_kind_of_decoys_can_be_left_out():
    found = known("none")
    assert set(found.decoys) == set(TAUGHT)
    left = len(found.all_decoys()) - len(found.all_decoys(TAUGHT[0]))
    assert left == len(found.decoys[TAUGHT[0]]) > 0
