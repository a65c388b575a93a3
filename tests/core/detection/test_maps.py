"""Boxes become maps and maps boxes again; what the network should say costs nothing, anything else more."""

import numpy as np
import pytest
import torch

from core.detection.decoding import decode, without_duplicates
from core.detection.network import STRIDE, CellNet, DetectionMaps, places
from core.detection.targets import generalised_overlap, losses, make_targets
from tests.core.detection.conftest import boxes

CELLS = torch.tensor([[10.0, 12, 70, 68], [60, 20, 120, 80], [90, 70, 104, 86]])
KIND_NUMBERS = torch.tensor([1, 1, 2])
LABELLED = torch.ones(1, 3, 24, 32)


def perfect(target_maps) -> DetectionMaps:
    """DetectionMaps that say exactly what is wanted."""
    x, y = places(*target_maps.weights.shape[1:])
    left, top, right, bottom = target_maps.boxes.unbind(1)
    edges = torch.stack([x - left, y - top, right - x, bottom - y], dim=1)
    return DetectionMaps(torch.where(target_maps.centres > 0.999, 9.0, -12.0), edges)


@pytest.fixture
def target_maps():
    return make_targets([(CELLS, KIND_NUMBERS)], LABELLED)


def test_every_cell_is_at_one_place_alone(target_maps):
    assert (target_maps.centres > 0.999).sum((0, 2, 3)).tolist() == [0, 2, 1]


def test_perfect_maps_give_the_boxes_back(target_maps):
    (boxes,) = decode(perfect(target_maps))
    assert sorted(map(tuple, boxes.edges.round().tolist())) == sorted(map(tuple, CELLS.tolist()))
    assert sorted(boxes.kinds.tolist()) == [1, 1, 2]


def test_perfect_maps_cost_next_to_nothing(target_maps):
    centres, box = losses(perfect(target_maps), target_maps)
    assert float(centres) < 1e-3
    assert float(box) == pytest.approx(0, abs=1e-5)


def test_saying_nothing_and_saying_too_much_cost(target_maps):
    good = perfect(target_maps)
    silent = losses(DetectionMaps(torch.full_like(good.centres, -9.0), good.edges), target_maps)[0]
    loud = losses(DetectionMaps(torch.full_like(good.centres, 9.0), good.edges), target_maps)[0]
    assert float(silent) > 1
    assert float(loud) > 1


def test_a_cell_said_where_nothing_is_known_costs_nothing():
    labelled = LABELLED.clone()
    labelled[:, 1] = 0
    blank = make_targets([(torch.zeros(0, 4), torch.zeros(0, dtype=torch.long))], labelled)
    centres = torch.full((1, 3, 24, 32), -20.0)
    centres[:, 1] = 9
    edges = torch.full((1, 4, 24, 32), 10.0)
    assert float(losses(DetectionMaps(centres, edges), blank)[0]) == pytest.approx(0, abs=1e-4)
    centres[:, 0] = 9
    assert float(losses(DetectionMaps(centres, edges), blank)[0]) > 1


@pytest.mark.parametrize(
    ("other", "value"), [([0, 0, 2, 2], 1), ([2, 0, 4, 2], 0), ([4, 0, 6, 2], -1 / 3), ([1, 0, 3, 2], 1 / 3)]
)
def test_generalised_overlap_by_hand(other, value):
    a, b = torch.tensor([[0.0, 0, 2, 2]]), torch.tensor([other], dtype=torch.float32)
    assert float(generalised_overlap(a, b)) == pytest.approx(value)


def test_one_cell_is_told_once_also_where_two_kinds_claim_it():
    two = boxes((0, 0, 100, 100), (2, 2, 101, 101), scores=[0.6, 0.8])
    assert len(without_duplicates(two).scores) == 1
    rivals = two._replace(kinds=np.array([0, 1]))
    assert without_duplicates(rivals).kinds.tolist() == [1]


def test_overlapping_cells_are_two():
    assert len(without_duplicates(boxes((0, 0, 100, 100), (50, 0, 150, 100))).scores) == 2


def test_the_network_gives_maps_of_a_quarter_and_boxes_that_hold_their_place():
    maps = CellNet(8).eval()(torch.zeros(2, 3, 64, 96))
    assert maps.centres.shape == (2, 3, 64 // STRIDE, 96 // STRIDE)
    assert (maps.edges > 0).all()
