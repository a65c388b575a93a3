"""A tiny data set of coloured noise that a linear layer can learn."""

import shutil

import numpy as np
import pytest

from core.datasets import Source, open_source
from core.labels import KAGGLE4
from core.training.data import Images, TrainingData


def images(count: int, size: int, seed: int) -> Images:
    """Classes differ in their mean colour."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count, dtype=np.int64) % len(KAGGLE4)
    grounds = np.array([[200, 60, 60], [60, 200, 60], [60, 60, 200], [180, 180, 60]])
    pixels = grounds[labels][:, None, None, :] + rng.normal(0, 40, (count, size, size, 3))
    return Images(pixels.clip(0, 255).astype(np.uint8), labels)


@pytest.fixture
def data() -> TrainingData:
    return TrainingData(images(96, 28, 1), images(32, 28, 2), KAGGLE4, "tiny")


@pytest.fixture(scope="module")
def source(drawn_folder) -> Source:
    """A folder of drawn cells."""
    return open_source("folder", drawn_folder)


@pytest.fixture
def without_test_images(drawn_folder, tmp_path) -> Source:
    """The same, although every test image is gone."""
    root = tmp_path / "cells"
    shutil.copytree(drawn_folder, root)
    source = open_source("folder", root)
    gone = source.keys("test")
    assert gone
    for key in gone:
        (root / key).unlink()
    return source
