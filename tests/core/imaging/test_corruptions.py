"""Photos made worse: the same each time, worse step by step, and never something that is no photo."""

from itertools import pairwise

import numpy as np
import pytest

from core.imaging.corruptions import CORRUPTIONS, SEVERITIES, corrupted, disc, streak
from core.synthetic.drawings import drawn_cell

CELL = drawn_cell("eosinophil", 7, 204)
EACH = pytest.mark.parametrize("name", CORRUPTIONS)


def change(name: str, severity: int, keys: int = 4) -> float:
    """Mean absolute change of a level."""
    worse = [corrupted(CELL, name, severity, f"{key}") for key in range(keys)]
    return float(np.mean([np.abs(one.astype(int) - CELL).mean() for one in worse]))


@EACH
def test_it_stays_a_photo_of_its_size(name):
    for severity in (1, 5):
        worse = corrupted(CELL[:150], name, severity, "a")
        assert (worse.shape, worse.dtype) == ((150, 204, 3), np.uint8)


@EACH
def test_it_is_the_same_each_time_and_leaves_the_original_alone(name):
    before = CELL.copy()
    assert np.array_equal(corrupted(CELL, name, 3, "a"), corrupted(CELL, name, 3, "a"))
    assert np.array_equal(CELL, before)


@pytest.mark.parametrize("name", ["motion", "bubbles", "noise", "stain", "cast"])
def test_chance_goes_by_key_and_seed(name):
    first = corrupted(CELL, name, 3, "a", seed=0)
    assert not np.array_equal(first, corrupted(CELL, name, 3, "b", seed=0))
    assert not np.array_equal(first, corrupted(CELL, name, 3, "a", seed=1))


@EACH
def test_severity_rises(name):
    assert len(CORRUPTIONS[name].steps) == len(SEVERITIES)
    changes = [change(name, severity) for severity in SEVERITIES]
    assert changes[0] > 0
    assert all(later >= 0.98 * earlier for earlier, later in pairwise(changes))
    assert changes[-1] > 1.2 * changes[0]


def test_there_are_the_eleven_of_bloodmnist_c():
    assert sum(one.published for one in CORRUPTIONS.values()) == 11


@pytest.mark.parametrize("kernel", [disc(0.5), disc(5.4), streak(6, 3, 0.4), streak(20, 9, -0.7)])
def test_kernels_keep_the_light(kernel):
    assert kernel.sum() == pytest.approx(1, abs=1e-5)
    assert (kernel >= 0).all()


def test_lengths_go_by_the_photo():
    """A photo of twice the size is blurred as much, seen from as far."""
    large = np.kron(CELL, np.ones((2, 2, 1), np.uint8))
    small = corrupted(CELL, "defocus", 4, "a").astype(int)
    seen = corrupted(large, "defocus", 4, "a").reshape(204, 2, 204, 2, 3).mean(axis=(1, 3))
    assert np.abs(seen - small).mean() < 1.5


@pytest.mark.parametrize(("name", "severity"), [("fog", 1), ("noise", 0), ("noise", 6)])
def test_what_there_is_not_is_refused(name, severity):
    with pytest.raises(ValueError, match="no corruption"):
        corrupted(CELL, name, severity, "a")
