"""What the network should give for a scene, and how far off it was."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from core.detection.network import STRIDE, DetectionMaps, places
from core.imaging.fields import KINDS

BUMP_DEVIATION = 0.54 / 6
"""Standard deviation of a centre's bump over its box's side; Liu et al. 2020, section 3."""
CENTRE_PENALTY_POWER = 4.0
"""Power by which false positives near a centre count less; Law & Deng 2018, CornerNet."""
FOCAL_POWER = 2.0
"""Gamma of the focal loss; Lin et al. 2017."""


@dataclass(frozen=True)
class Targets:
    """centres: (N, 3, h, w) in [0, 1], 1 at a cell's centre. labelled: (N, 3, h, w), 0 where cells of a kind
    are not marked. boxes: (N, 4, h, w) the box of the cell near whose centre a place lies, pixels. weights: (N, h, w),
    how much the box of a place counts; over a cell they add up to the logarithm of its area, as in the paper."""

    centres: Tensor
    labelled: Tensor
    boxes: Tensor
    weights: Tensor


def make_targets(cells: list[tuple[Tensor, Tensor]], labelled: Tensor) -> Targets:
    """Targets of scenes: of each the boxes (M, 4) in pixels and kinds (M,); labelled as above, which gives the size."""
    count, _, height, width = labelled.shape
    centres = torch.zeros(count, len(KINDS), height, width)
    boxes = torch.zeros(count, 4, height, width)
    weights = torch.zeros(count, height, width)
    for scene, (edges, kinds) in enumerate(cells):
        _draw(centres[scene], boxes[scene], weights[scene], edges, kinds)
    return Targets(centres, labelled, boxes, weights)


def _draw(centres: Tensor, boxes: Tensor, weights: Tensor, edges: Tensor, kinds: Tensor) -> None:
    x, y = places(*weights.shape)
    sides = edges[:, 2:] - edges[:, :2]
    for number in sides.prod(1).argsort(descending=True).tolist():  # the smallest last, so that none is hidden
        left, top, right, bottom = edges[number].tolist()
        wide, tall = sides[number].clamp(min=1).tolist()
        # From the place that holds the centre, so that one place is 1 exactly.
        u = (int((left + right) / 2 // STRIDE) + 0.5) * STRIDE
        v = (int((top + bottom) / 2 // STRIDE) + 0.5) * STRIDE
        across = (x - u) / (BUMP_DEVIATION * wide)
        down = (y - v) / (BUMP_DEVIATION * tall)
        bump = torch.exp(-(across**2 + down**2) / 2)
        bump[bump < 1e-3] = 0
        kind = int(kinds[number])
        centres[kind] = torch.maximum(centres[kind], bump)
        inside = bump > 0.05
        boxes[:, inside] = torch.tensor([left, top, right, bottom])[:, None]
        share = bump[inside] / bump[inside].sum()
        weights[inside] = share * float(torch.tensor(wide * tall).log())


def losses(maps: DetectionMaps, targets: Targets) -> tuple[Tensor, Tensor]:
    """Of centres (focal, a cell) and of boxes (generalised intersection over union, in [0, 2])."""
    return _centre_loss(maps.centres, targets), _box_loss(maps.edges, targets)


def _centre_loss(logits: Tensor, targets: Targets) -> Tensor:
    probabilities = logits.sigmoid()
    positive = targets.centres >= 1 - 1e-6
    positive_loss = -F.logsigmoid(logits) * (1 - probabilities) ** FOCAL_POWER * positive
    negative_loss = (
        -F.logsigmoid(-logits) * probabilities**FOCAL_POWER * (1 - targets.centres) ** CENTRE_PENALTY_POWER * ~positive
    )
    return ((positive_loss + negative_loss) * targets.labelled).sum() / positive.sum().clamp(min=1)


def _box_loss(edges: Tensor, targets: Targets) -> Tensor:
    labelled_places = targets.weights > 0
    if not bool(labelled_places.any()):
        return edges.sum() * 0
    x, y = places(*targets.weights.shape[1:])
    predicted_boxes = boxes_of(edges, x, y).permute(0, 2, 3, 1)[labelled_places]
    true_boxes = targets.boxes.permute(0, 2, 3, 1)[labelled_places]
    weights = targets.weights[labelled_places]
    return ((1 - generalised_overlap(predicted_boxes, true_boxes)) * weights).sum() / weights.sum()


def boxes_of(edges: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """(N, 4, h, w) distances to edges -> boxes, left, top, right, bottom in pixels."""
    left, top, right, bottom = edges.unbind(1)
    return torch.stack([x - left, y - top, x + right, y + bottom], dim=1)


def generalised_overlap(a: Tensor, b: Tensor) -> Tensor:
    """(N,) in (-1, 1] of boxes (N, 4) in pairs; Rezatofighi et al., CVPR 2019."""
    intersection = (torch.minimum(a[:, 2:], b[:, 2:]) - torch.maximum(a[:, :2], b[:, :2])).clamp(min=0).prod(1)
    hull = (torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])).prod(1)
    union = (a[:, 2:] - a[:, :2]).prod(1) + (b[:, 2:] - b[:, :2]).prod(1) - intersection
    return intersection / union.clamp(min=1e-6) - (hull - union) / hull.clamp(min=1e-6)
