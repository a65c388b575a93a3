"""Measures of a map, on a network of which is known where it looks."""

import numpy as np
import pytest
import torch

from core.explain import faithfulness
from core.explain.attribution import explain
from core.explain.baseline import blurred
from core.explain.faithfulness import (
    Judge,
    chance_map,
    middle_spot,
    pixel_order,
    rank_correlation,
    share_inside,
)
from core.explain.masks import Mask, cell_mask
from core.explain.methods.integrated_gradients import STEPS, SUMMED, integrated_gradients
from core.explain.methods.occlusion import COVERED, occlusion
from core.models.registry import build
from tests.core.explain.test_attribution import marked_picture, red_network, share_in_quadrant, spec_with

SIZE = 32
PARTS = faithfulness.STEPS


def dice(first: Mask, second: Mask) -> float:
    """Dice coefficient of two masks: 1 the same, 0 apart."""
    total = int(first.sum() + second.sum())
    return 2 * int((first & second).sum()) / total if total else 1.0


def test_a_map_of_where_it_looks_is_more_faithful_than_chance_and_than_its_opposite():
    model, picture = red_network(), marked_picture(0, 1)
    (saliency,) = explain(model, spec_with("bend"), picture, [1], "layer-cam")

    judge = Judge(model, picture[0], 1)

    def score(values: np.ndarray) -> float:
        deletion, insertion = judge.deletion_and_insertion(pixel_order(values, SIZE))
        assert 0 <= deletion <= 1
        assert 0 <= insertion <= 1
        return insertion - deletion

    assert score(saliency.values) > score(chance_map(8, 0)) + 0.05
    assert score(saliency.values) > score(1 - saliency.values) + 0.1


def test_deletion_and_insertion_are_areas_under_the_probability_of_the_answer():
    def answer(pictures: torch.Tensor) -> torch.Tensor:
        """The probability is the share of the left half that is white."""
        share = pictures[..., : SIZE // 2].mean((1, 2, 3)).clamp(1e-6, 1 - 1e-6)
        return torch.stack([(1 - share).log(), share.log()], 1)

    picture = torch.zeros(3, SIZE, SIZE)
    picture[..., : SIZE // 2] = 1
    left = np.tile(np.repeat([1.0, 0.0], SIZE // 2), (SIZE, 1))
    deletion, insertion = Judge(answer, picture, 1).deletion_and_insertion(pixel_order(left, SIZE))
    gone = float(blurred(picture[None])[..., : SIZE // 2].mean())
    parts = np.minimum(np.arange(PARTS + 1) / PARTS * 2, 1)  # of the left half that was taken, after each part
    going, coming = 1 - parts * (1 - gone), gone + parts * (1 - gone)
    assert deletion == pytest.approx(np.trapezoid(going) / PARTS, abs=0.02)
    assert insertion == pytest.approx(np.trapezoid(coming) / PARTS, abs=0.02)


def test_an_order_begins_with_the_highest_and_holds_every_pixel_once():
    values = np.zeros((4, 4), np.float32)
    values[1, 2] = 1
    order = pixel_order(values, 16)
    assert sorted(order) == list(range(256))
    row, column = divmod(int(order[0]), 16)
    assert (row // 4, column // 4) == (1, 2)
    flat = pixel_order(np.zeros((4, 4), np.float32), 16)
    assert abs(flat[:128].mean() - 127.5) < 20  # no corner comes first


def test_maps_are_alike_as_ranks_are():
    one = chance_map(6, 1)
    assert rank_correlation(one, 3 * one + 1) == pytest.approx(1)
    assert rank_correlation(one, -one) == pytest.approx(-1)
    assert rank_correlation(one, np.zeros_like(one)) == 0
    assert abs(rank_correlation(chance_map(30, 1), chance_map(30, 2))) < 0.15


def test_energy_inside_a_mask():
    mask = np.zeros((16, 16), bool)
    mask[:, :8] = True
    values = np.zeros((2, 2), np.float32)
    values[:, 0] = 1
    assert share_inside(values, mask) > 0.8
    assert share_inside(np.ones((2, 2), np.float32), mask) == pytest.approx(0.5)
    assert np.isnan(share_inside(np.zeros((2, 2), np.float32), mask))
    assert middle_spot(9).argmax() == 40


def test_integrated_gradients_add_up_to_the_score():
    model, picture = red_network(), marked_picture(1, 0)[..., :28, :28]  # a multiple of the squares: sums are exact
    (evidence,) = integrated_gradients(model, picture, [1], 1)
    with torch.no_grad():
        gained = model(picture)[0, 1] - model(blurred(picture))[0, 1]
    assert evidence.sum() == pytest.approx(gained.item(), rel=0.1)
    assert share_in_quadrant(evidence.clip(0), 1, 0) > 0.8


@pytest.mark.parametrize("name", ["simple_cnn", "slim_resnet"])
def test_integrated_gradients_as_captum_does_them(name):
    from captum.attr import IntegratedGradients  # slow to import

    torch.manual_seed(0)
    model, pictures, targets = build(name, 4, 28).eval(), torch.randn(2, 3, 28, 28), [1, 3]
    theirs = IntegratedGradients(model).attribute(
        pictures, blurred(pictures), torch.tensor(targets), n_steps=STEPS, method="riemann_middle"
    )
    squares = theirs.sum(1).reshape(2, SUMMED, 28 // SUMMED, SUMMED, 28 // SUMMED).sum((2, 4))
    ours = integrated_gradients(model, pictures, targets, 1)
    np.testing.assert_allclose(ours, squares.detach(), rtol=1e-3, atol=1e-6)


def test_covering_what_counts_costs_most():
    (evidence,) = occlusion(red_network(), marked_picture(1, 1), [1], 1)
    assert evidence.shape == (COVERED, COVERED)
    row, column = np.unravel_index(evidence.argmax(), evidence.shape)
    assert row >= COVERED // 2
    assert column >= COVERED // 2


@pytest.mark.parametrize(("x", "y", "radius"), [(50, 50, 18), (58, 44, 14)])
def test_a_cell_is_found_around_its_nucleus(x, y, radius):
    yy, xx = np.mgrid[:100, :100]
    far = np.hypot(xx - x, yy - y)
    picture = np.full((100, 100, 3), (240, 225, 220), np.uint8)
    picture[np.hypot(xx - 8, yy - 90) < 12] = (225, 150, 150)  # a red cell in a corner
    picture[far < 1.4 * radius] = (200, 180, 215)
    picture[far < radius] = (90, 40, 130)
    mask = cell_mask(picture)
    assert mask is not None
    assert dice(mask, far < 1.4 * radius) > 0.9


def test_an_empty_picture_has_no_cell():
    assert cell_mask(np.full((50, 50, 3), 200, np.uint8)) is None


def test_the_mask_is_near_those_drawn_by_people(data_root):
    """JTSC has another stain than that by which the rule was made."""
    from core.datasets import find_source
    from core.experiments.benchmarks.explanations import masked_crop

    if not (data_root / "jtsc" / "masks").is_dir():
        pytest.skip("SMEARLENS_DATA holds no masks of JTSC")
    source = find_source("jtsc")
    overlaps = []
    for number in range(1, 300, 15):
        crop, drawn = masked_crop(source, f"images/{number:03d}.png", 100)
        mask = cell_mask(crop)
        overlaps.append(0.0 if mask is None else dice(mask, drawn))
    assert np.median(overlaps) > 0.75
