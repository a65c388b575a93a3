"""Copies of training cells are told, in whatever position; real cells are not taken for copies."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from core.errors import CheckpointError
from core.synthetic.generator.copies import CopyDetector, eight_views, nearest_points


def test_the_nearest_points_are_those_of_scipy(noise):
    training, queries = noise.normal(size=(300, 7)).astype(np.float32), noise.normal(size=(600, 7)).astype(np.float32)
    distance, row = nearest_points(training, queries)
    expected = cdist(queries, training)
    assert np.array_equal(row, expected.argmin(1))
    assert np.allclose(distance, expected.min(1), atol=1e-5)
    assert nearest_points(training, training)[0].max() == 0


def test_there_are_eight_positions(noise):
    picture = noise.integers(0, 256, (2, 16, 16, 3), dtype=np.uint8)
    views = eight_views(picture)
    assert np.array_equal(views[0], picture)
    assert len({view.tobytes() for view in views}) == 8


@pytest.mark.parametrize("position", range(8))
def test_a_training_cell_is_a_copy_in_every_position(generator, cells, position):
    copies, net = generator.copies(), generator.copy_features()
    picture = eight_views(cells.train.pictures(np.array([5])))[position]
    nearest = copies.nearest(picture, net)
    assert (int(nearest.bits[0]), int(nearest.bits_row[0])) == (0, 5)
    assert int(nearest.features_row[0]) == 5
    assert float(nearest.features[0]) < 0.05  # what float16 leaves
    assert copies.copied(nearest).tolist() == [True]


def test_no_real_cell_is_taken_for_a_copy(generator, cells):
    copies, net = generator.copies(), generator.copy_features()
    nearest = copies.nearest(cells.val.pictures(np.arange(len(cells.val))), net)
    assert not copies.copied(nearest).any()
    # The limits are those of the closest real pair, not looser.
    assert nearest.bits.min() == copies.least_bits
    assert nearest.features.min() == pytest.approx(copies.least_features)


def test_one_of_both_is_enough(generator, cells):
    copies, net = generator.copies(), generator.copy_features()
    nearest = copies.nearest(cells.val.pictures(np.arange(3)), net)
    nearest.bits[:] = [copies.least_bits - 1, 128, 128]
    nearest.features[:] = [1e9, copies.least_features * 0.99, 1e9]
    assert copies.copied(nearest).tolist() == [True, True, False]


def test_there_and_back(generator):
    copies = generator.copies()
    again = CopyDetector.from_tensors(copies.tensors())
    assert np.array_equal(again.points, copies.points)
    assert (again.least_bits, again.least_features) == (copies.least_bits, copies.least_features)
    with pytest.raises(CheckpointError):
        CopyDetector.from_tensors({})
