"""Stain normalisation on drawings under yellow light."""

import numpy as np
import pytest
from torchstain.numpy.normalizers.macenko import NumpyMacenkoNormalizer
from torchstain.numpy.normalizers.reinhard import NumpyReinhardNormalizer

from core.imaging.stain import METHODS, recoloured
from core.synthetic.drawings import drawn_cell

KINDS = ("basophil", "eosinophil", "monocyte", "neutrophil")
YELLOW = np.array([1.0, 0.9, 0.6])


@pytest.fixture(scope="module")
def reference():
    return np.stack([drawn_cell(kind, seed, 48) for seed, kind in enumerate(KINDS)])


@pytest.mark.parametrize("single", [True, False])
@pytest.mark.parametrize("method", sorted(METHODS))
def test_colours_come_near_the_goal(reference, method, single):
    yellow = (np.stack([drawn_cell(kind, seed + 50, 48) for seed, kind in enumerate(KINDS)]) * YELLOW).astype(np.uint8)
    turned = recoloured(yellow, method, reference, single=single)
    assert (turned.shape, turned.dtype) == (yellow.shape, np.uint8)

    def apart(pictures):
        return float(np.abs(pictures.reshape(-1, 3).mean(0) - reference.reshape(-1, 3).mean(0)).max())

    # Two stains are a guess where a picture shows few stained pixels, as a single drawing does.
    assert apart(turned) < (0.9 if (method, single) == ("macenko", True) else 0.5) * apart(yellow)


@pytest.mark.parametrize("method", sorted(METHODS))
def test_pictures_that_are_the_goal_hardly_change(reference, method):
    turned = recoloured(reference, method, reference, single=False)
    assert np.abs(turned.astype(int) - reference).mean() < 12


@pytest.mark.parametrize("method", sorted(METHODS))
def test_a_picture_of_one_colour_is_no_accident(reference, method):
    blank = np.full((1, 48, 48, 3), 240, np.uint8)
    assert recoloured(blank, method, reference, single=True).shape == blank.shape


def test_left_alone(reference):
    assert recoloured(reference, "as they are", reference, single=True) is reference


@pytest.mark.parametrize("kind", KINDS)
def test_reinhard_is_torchstains(kind):
    target, yellow = drawn_cell("monocyte", 1, 96), (drawn_cell(kind, 52, 96) * YELLOW).astype(np.uint8)
    theirs = NumpyReinhardNormalizer()
    theirs.fit(target)
    ours = recoloured(yellow[None], "reinhard", target[None], single=True)[0]
    assert np.abs(ours.astype(int) - theirs.normalize(yellow)).max() <= 2


@pytest.mark.parametrize("kind", KINDS)
def test_macenko_is_torchstains(kind):
    target, yellow = drawn_cell("monocyte", 1, 96), (drawn_cell(kind, 52, 96) * YELLOW).astype(np.uint8)
    theirs = NumpyMacenkoNormalizer()
    theirs.fit(target, Io=256)
    ours = recoloured(yellow[None], "macenko", target[None], single=True)[0]
    normalized, _, _ = theirs.normalize(yellow, Io=256)
    assert np.abs(ours.astype(int) - normalized).max() <= 1
