"""Copies of training cells are told, in whatever position; real cells are not taken for copies."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from core.errors import CheckpointError
from core.synthetic.generator.copies import CopyDetector, eight_views, nearest_points


def test_the_nearest_points_are_those_of_scipy(noise):
    training, queries = noise.normal(size=(300, 7)).astype(np.float32), noise.normal(size=(600, 7)).astype(np.float32)
    distance, row = nearest_points(training, queries)
    wanted = cdist(queries, training)
    assert np.array_equal(row, wanted.argmin(1))
    assert np.allclose(distance, wanted.min(1), atol=1e-5)
    assert nearest_points(training, training)[0].max() == 0


def test_there_are_eight_positions(noise):
    picture = noise.integers(0, 256, (2, 16, 16, 3), dtype=np.uint8)
    seen = eight_views(picture)
    assert np.array_equal(seen[0], picture)
    assert len({one.tobytes() for one in seen}) == 8


@pytest.mark.parametrize("position", range(8))
def test_a_training_cell_is_a_copy_in_every_position(generator, cells, position):
    copies, net = generator.copies(), generator.copy_features()
    picture = eight_views(cells.train.pictures(np.array([5])))[position]
    found = copies.nearest(picture, net)
    assert (int(found.bits[0]), int(found.bits_row[0])) == (0, 5)
    assert int(found.features_row[0]) == 5
    assert float(found.features[0]) < 0.05  # what float16 leaves
    assert copies.copied(found).tolist() == [True]


def test_no_real_cell_is_taken_for_a_copy(generator, cells):
    copies, net = generator.copies(), generator.copy_features()
    found = copies.nearest(cells.val.pictures(np.arange(len(cells.val))), net)
    assert not copies.copied(found).any()
    # The limits are those of the closest real pair, not looser.
    assert found.bits.min() == copies.least_bits
    assert found.features.min() == pytest.approx(copies.least_features)


def test_one_of_both_is_enough(generator, cells):
    copies, net = generator.copies(), generator.copy_features()
    found = copies.nearest(cells.val.pictures(np.arange(3)), net)
    found.bits[:] = [copies.least_bits - 1, 128, 128]
    found.features[:] = [1e9, copies.least_features * 0.99, 1e9]
    assert copies.copied(found).tolist() == [True, True, False]


def test_there_and_back(generator):
    copies = generator.copies()
    again = CopyDetector.from_tensors(copies.tensors())
    assert np.array_equal(again.points, copies.points)
    assert (again.least_bits, again.least_features) == (copies.least_bits, copies.least_features)
    with pytest.raises(CheckpointError):
        CopyDetector.from_tensors({})
