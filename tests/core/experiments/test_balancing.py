"""The experiment of balancing: what each run adds, and that validation and test stay as they are."""

import numpy as np
import pytest

from core.experiments.balancing import EXPERIMENT, Appended, filled, missing
from core.labels import KAGGLE4
from core.training.data import Images, TrainingData

FILLINGS = [run.filling for run in EXPERIMENT.runs]


@pytest.fixture
def uneven() -> TrainingData:
    labels = np.repeat(np.arange(4), [10, 6, 2, 2]).astype(np.int64)
    pixels = np.arange(20, dtype=np.uint8)[:, None, None, None] * np.ones((1, 4, 4, 3), np.uint8)
    return TrainingData(Images(pixels, labels), Images(pixels[:4], labels[:4]), KAGGLE4, "uneven")


@pytest.fixture
def pool() -> dict[str, np.ndarray]:
    return {cell: np.full((9, 4, 4, 3), 200 + n, np.uint8) for n, cell in enumerate(KAGGLE4.keys)}


def test_what_is_missing():
    assert missing(np.array([0] * 8 + [1] * 2), 2).tolist() == [0, 3]
    assert missing(np.array([0, 1, 1]), 2, 4).tolist() == [3, 2]


@pytest.mark.parametrize("filling", FILLINGS)
def test_each_filling(uneven, pool, filling):
    data = filled(uneven, filling, pool, seed=1)
    counts = np.bincount(data.train.labels).tolist()
    assert data.val is uneven.val
    rows = np.arange(len(data.train))
    pixels = data.train.pixels[rows]
    assert np.array_equal(pixels[:20], uneven.train.pixels)
    if filling == "as-they-are":
        assert data is uneven
        return
    assert counts == [10, 6, 5, 5]
    assert data.key != uneven.key
    added, labels = pixels[20:, 0, 0, 0], data.train.labels[20:]
    if filling == "generated":
        assert added.tolist() == (200 + labels).tolist()
    else:
        assert (uneven.train.labels[added] == labels).all()
        assert set(added[labels == 2]) == {16, 17}


def test_the_fillings_are_different_runs(uneven, pool):
    keys = {filled(uneven, filling, pool, seed=1).key for filling in FILLINGS}
    assert len(keys) == len(FILLINGS)


def test_rows_of_both_parts_come_in_the_order_asked_for():
    joined = Appended(np.arange(3, dtype=np.uint8)[:, None], 3, np.arange(10, 12, dtype=np.uint8)[:, None])
    assert joined[np.array([4, 0, 3, 2])].ravel().tolist() == [11, 0, 10, 2]
