"""Outliers are pictures, always the same ones, and not the cells that they were made from."""

import numpy as np
import pytest

from core.ood.outliers import OUTLIERS, harmless, outliers
from core.synthetic.drawings import CELL_CLASSES, drawn_cell


def crops(size: int) -> np.ndarray:
    return np.stack([drawn_cell(kind, 3, size) for kind in CELL_CLASSES[:3]])


@pytest.mark.parametrize("size", [28, 64])
@pytest.mark.parametrize("kind", OUTLIERS)
def test_an_outlier_is_a_picture_of_its_own(kind, size):
    cells = crops(size)
    made = outliers(cells, kind)
    assert (made.shape, made.dtype) == (cells.shape, np.uint8)
    assert np.abs(made.astype(float) - cells).mean() > 2
    assert np.array_equal(made, outliers(cells, kind))
    if kind != "recoloured":
        assert not np.array_equal(made, outliers(cells, kind, seed=1))


@pytest.mark.parametrize("size", [28, 64])
def test_what_is_harmless_changes_little(size):
    cells = crops(size)
    made = harmless(cells)
    assert (made.shape, made.dtype) == (cells.shape, np.uint8)
    assert 0 < np.abs(made.astype(float) - cells).mean() < 20
