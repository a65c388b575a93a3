"""From the network's maps to boxes."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from torchvision.ops import batched_nms, nms

from core.detection.network import DetectionMaps, places
from core.detection.targets import boxes_of

LOWEST = 0.05
"""Score under which there is no detection."""
MOST = 1000
"""Detections of one picture at most, the likeliest first."""
SAME = 0.6
"""Overlap from which two boxes of one kind are one cell."""
RIVAL = 0.75
"""Overlap from which two boxes of different kinds are one cell, which is of the likelier kind."""


class Boxes(NamedTuple):
    """edges: (N, 4) float32, left, top, right, bottom in pixels; scores: (N,) float32; kinds: (N,), places in KINDS."""

    edges: np.ndarray
    scores: np.ndarray
    kinds: np.ndarray

    def take(self, rows: np.ndarray) -> "Boxes":
        return Boxes(self.edges[rows], self.scores[rows], self.kinds[rows])


NO_BOXES = Boxes(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros(0, np.int64))


def concatenated(parts: list[Boxes]) -> Boxes:
    return Boxes(*(np.concatenate(column) for column in zip(NO_BOXES, *parts, strict=True)))


@torch.inference_mode()
def decode(maps: DetectionMaps) -> list[Boxes]:
    """The boxes of each picture of a batch: one at each peak of a map of centres, those of one cell made one."""
    scores = maps.centres.sigmoid()
    peaks = F.max_pool2d(scores, 3, stride=1, padding=1) == scores
    x, y = places(*scores.shape[2:])
    boxes = boxes_of(maps.edges, x, y)
    return [_of_picture(scores[i] * peaks[i], boxes[i]) for i in range(len(scores))]


def _of_picture(scores: Tensor, boxes: Tensor) -> Boxes:
    best, where = scores.flatten().topk(min(MOST, scores.numel()))
    where = where[best >= LOWEST]
    area = scores.shape[1] * scores.shape[2]
    kinds, spots = where // area, where % area
    every = Boxes(boxes.flatten(1)[:, spots].T.numpy(), scores.flatten()[where].numpy(), kinds.numpy())
    return without_duplicates(every)


def without_duplicates(boxes: Boxes) -> Boxes:
    """Boxes without those that are the same cell as a likelier one, the likeliest first."""
    edges, scores, kinds = (torch.from_numpy(np.ascontiguousarray(column)) for column in boxes)
    rows = batched_nms(edges, scores, kinds, SAME)
    rows = rows[nms(edges[rows], scores[rows], RIVAL)]
    return boxes.take(rows.numpy())
