"""How good detections are: average precision as COCO has it, recall and precision, and counts.

Boxes are (N, 4) float arrays of left, top, right, bottom in photo pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

THRESHOLDS = tuple(round(0.5 + 0.05 * step, 2) for step in range(10))
"""Overlaps (intersection over union) from which COCO counts a box as right."""
RECALLS = np.linspace(0, 1, 101)
MOST = 100
"""Boxes of one kind in a photo that count, the best first, as in COCO's evaluation."""


@dataclass(frozen=True, eq=False)
class PhotoBoxes:
    """Detections of one kind in one photo, boxes (N, 4) and scores (N,), and what is marked there, truth (M, 4)."""

    boxes: Floats
    scores: Floats
    truth: Floats


def overlaps(a: Floats, b: Floats) -> Floats:
    """(N, M) intersection over union of boxes (N, 4) and (M, 4); 0 where either has no area."""
    a, b = np.asarray(a, float).reshape(-1, 4), np.asarray(b, float).reshape(-1, 4)
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=2)
    area = np.prod(a[:, 2:] - a[:, :2], axis=1)[:, None] + np.prod(b[:, 2:] - b[:, :2], axis=1)[None]
    return np.divide(shared, area - shared, out=np.zeros_like(shared), where=area - shared > 0)


def match(photo: PhotoBoxes, least: float) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Scores (K,), best first, at most MOST, and whether each box is right.

    Each takes, in order of score, the free marked box that it overlaps most, if by `least` or more.
    """
    order = np.argsort(-photo.scores, kind="stable")[:MOST]
    shared = overlaps(photo.boxes[order], photo.truth)
    free = np.ones(len(photo.truth), dtype=bool)
    right = np.zeros(len(order), dtype=bool)
    for row, line in enumerate(shared):
        candidates = np.where(free, line, -1.0)
        if len(candidates) and candidates.max() >= least - 1e-10:
            free[int(candidates.argmax())] = False
            right[row] = True
    return photo.scores[order], right


def average_precision(photos: Sequence[PhotoBoxes], least: float) -> float:
    """Area under precision over recall at 101 recalls, precision made to fall; NaN where nothing is marked.

    Source: Lin et al. 2014 (Microsoft COCO) and its evaluation code.
    """
    marked = sum(len(photo.truth) for photo in photos)
    if not marked:
        return float("nan")
    matches = [match(photo, least) for photo in photos]
    scores = np.concatenate([score for score, _ in matches])
    right = np.concatenate([hit for _, hit in matches])[np.argsort(-scores, kind="stable")]
    if not len(right):
        return 0.0
    hits = np.cumsum(right)
    precision = np.maximum.accumulate((hits / np.arange(1, len(right) + 1))[::-1])[::-1]
    places = np.searchsorted(hits / marked, RECALLS, side="left")
    return float(np.mean([precision[place] if place < len(precision) else 0.0 for place in places]))


def mean_average_precision(photos: Sequence[PhotoBoxes]) -> float:
    """Average precision, the mean over THRESHOLDS (AP50-95); NaN where nothing is marked."""
    return float(np.mean([average_precision(photos, least) for least in THRESHOLDS]))


@dataclass(frozen=True)
class DetectionCounts:
    """Boxes at a working point: marked ones that were detected, all marked, shown ones that are right, all shown."""

    detected: int
    marked: int
    right: int
    shown: int

    def __add__(self, other: "DetectionCounts") -> "DetectionCounts":
        return DetectionCounts(*(a + b for a, b in zip(self._counts, other._counts, strict=True)))

    @property
    def _counts(self) -> tuple[int, int, int, int]:
        return self.detected, self.marked, self.right, self.shown

    @property
    def recall(self) -> float:
        return self.detected / self.marked if self.marked else float("nan")

    @property
    def precision(self) -> float:
        return self.right / self.shown if self.shown else float("nan")

    def f(self, beta: float) -> float:
        """The weighted harmonic mean of precision and recall, recall counting beta times; 0 where none is right."""
        missed, wrong = self.marked - self.detected, self.shown - self.right
        total = (1 + beta**2) * self.right + beta**2 * missed + wrong
        return (1 + beta**2) * self.right / total if total else 0.0


def count_detections(photos: Sequence[PhotoBoxes], score: float, least: float = 0.5) -> DetectionCounts:
    """What is right and what is missed where boxes from that score on are shown."""
    total = DetectionCounts(0, 0, 0, 0)
    for photo in photos:
        scores, right = match(photo, least)
        shown = scores >= score
        hits = int((right & shown).sum())
        total += DetectionCounts(hits, len(photo.truth), hits, int(shown.sum()))
    return total


def working_point(photos: Sequence[PhotoBoxes], beta: float, least: float = 0.5) -> float:
    """The score from which boxes are shown for the best F-measure: halfway to the next lower score, at least 0.05.

    0.5 where nothing is marked or detected.
    """
    matches = [match(photo, least) for photo in photos]
    scores = np.concatenate([score for score, _ in matches]) if matches else np.zeros(0)
    right = np.concatenate([hit for _, hit in matches]) if matches else np.zeros(0, dtype=bool)
    marked = sum(len(photo.truth) for photo in photos)
    if not marked or not right.any():
        return 0.5
    order = np.argsort(-scores, kind="stable")
    scores, hits = scores[order], np.cumsum(right[order])
    shown = np.arange(1, len(scores) + 1)
    values = (1 + beta**2) * hits / (beta**2 * marked + shown)
    last = np.append(scores[1:] < scores[:-1], True)  # equal scores are shown together or not at all
    best = int(np.where(last, values, -1).argmax())
    below = scores[best + 1] if best + 1 < len(scores) else 0.0
    return max(0.05, float(scores[best] + below) / 2)


def count_errors(photos: Sequence[PhotoBoxes], score: float) -> Floats:
    """(N,) |detected - marked| / marked of each photo with anything marked, boxes shown from that score on."""
    return np.array(
        [
            abs(int((photo.scores >= score).sum()) - len(photo.truth)) / len(photo.truth)
            for photo in photos
            if len(photo.truth)
        ],
        dtype=float,
    )
