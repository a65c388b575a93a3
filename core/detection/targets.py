"""What the network should have said of a scene, and how far off it was."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from core.detection.network import STRIDE, Maps, places
from core.imaging.fields import KINDS

SPREAD = 0.54 / 6
"""Standard deviation of a centre's bump over its box's side; Liu et al. 2020, section 3."""
SOFT = 4.0
"""By how much places near a centre are excused for speaking up; Law & Deng 2018, CornerNet."""
FOCUS = 2.0


@dataclass(frozen=True)
class Targets:
    """centres: (N, 3, h, w) in [0, 1], 1 at a cell's centre. known: (N, 3, h, w), 0 where nothing is known of a
    kind. boxes: (N, 4, h, w) the box of the cell near whose centre a place lies, pixels. weights: (N, h, w),
    how much the box of a place counts; over a cell they add up to the logarithm of its area, as in the paper."""

    centres: Tensor
    known: Tensor
    boxes: Tensor
    weights: Tensor


def targets(cells: list[tuple[Tensor, Tensor]], known: Tensor) -> Targets:
    """Targets of scenes: of each the boxes (M, 4) in pixels and kinds (M,); known as above, which gives the size."""
    count, _, height, width = known.shape
    centres = torch.zeros(count, len(KINDS), height, width)
    boxes = torch.zeros(count, 4, height, width)
    weights = torch.zeros(count, height, width)
    for scene, (edges, kinds) in enumerate(cells):
        _draw(centres[scene], boxes[scene], weights[scene], edges, kinds)
    return Targets(centres, known, boxes, weights)


def _draw(centres: Tensor, boxes: Tensor, weights: Tensor, edges: Tensor, kinds: Tensor) -> None:
    x, y = places(*weights.shape)
    sides = edges[:, 2:] - edges[:, :2]
    for number in sides.prod(1).argsort(descending=True).tolist():  # the smallest last, so that none is hidden
        left, top, right, bottom = edges[number].tolist()
        wide, high = sides[number].clamp(min=1).tolist()
        # From the place that holds the centre, so that one place is 1 exactly.
        u = (int((left + right) / 2 // STRIDE) + 0.5) * STRIDE
        v = (int((top + bottom) / 2 // STRIDE) + 0.5) * STRIDE
        across = (x - u) / (SPREAD * wide)
        down = (y - v) / (SPREAD * high)
        bump = torch.exp(-(across**2 + down**2) / 2)
        bump[bump < 1e-3] = 0
        kind = int(kinds[number])
        centres[kind] = torch.maximum(centres[kind], bump)
        inside = bump > 0.05
        boxes[:, inside] = torch.tensor([left, top, right, bottom])[:, None]
        share = bump[inside] / bump[inside].sum()
        weights[inside] = share * float(torch.tensor(wide * high).log())


def losses(said: Maps, wanted: Targets) -> tuple[Tensor, Tensor]:
    """Of centres (focal, a cell) and of boxes (generalised intersection over union, in [0, 2])."""
    return _centre_loss(said.centres, wanted), _box_loss(said.edges, wanted)


def _centre_loss(logits: Tensor, wanted: Targets) -> Tensor:
    sure = logits.sigmoid()
    hit = wanted.centres >= 1 - 1e-6
    here = -F.logsigmoid(logits) * (1 - sure) ** FOCUS * hit
    elsewhere = -F.logsigmoid(-logits) * sure**FOCUS * (1 - wanted.centres) ** SOFT * ~hit
    return ((here + elsewhere) * wanted.known).sum() / hit.sum().clamp(min=1)


def _box_loss(edges: Tensor, wanted: Targets) -> Tensor:
    there = wanted.weights > 0
    if not bool(there.any()):
        return edges.sum() * 0
    x, y = places(*wanted.weights.shape[1:])
    said = boxes_of(edges, x, y).permute(0, 2, 3, 1)[there]
    truth = wanted.boxes.permute(0, 2, 3, 1)[there]
    weights = wanted.weights[there]
    return ((1 - generalised_overlap(said, truth)) * weights).sum() / weights.sum()


def boxes_of(edges: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """(N, 4, h, w) distances to edges -> boxes, left, top, right, bottom in pixels."""
    left, top, right, bottom = edges.unbind(1)
    return torch.stack([x - left, y - top, x + right, y + bottom], dim=1)


def generalised_overlap(a: Tensor, b: Tensor) -> Tensor:
    """(N,) in (-1, 1] of boxes (N, 4) in pairs; Rezatofighi et al., CVPR 2019."""
    shared = (torch.minimum(a[:, 2:], b[:, 2:]) - torch.maximum(a[:, :2], b[:, :2])).clamp(min=0).prod(1)
    hull = (torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])).prod(1)
    union = (a[:, 2:] - a[:, :2]).prod(1) + (b[:, 2:] - b[:, :2]).prod(1) - shared
    return shared / union.clamp(min=1e-6) - (hull - union) / hull.clamp(min=1e-6)
