"""A detector of cells over marked fields: what it says of each, beside what is marked there."""

from collections.abc import Iterator, Sequence

import numpy as np
from PIL import Image

from core.datasets.boxes import MarkedField
from core.detection.classical import WORKING, stained
from core.detection.detector import Detector
from core.evaluation.results.detections import DetectionTable, FieldFacts, Rows, detection_table
from core.imaging.fields import KINDS, Kind
from core.progress import Progress

MOST = 100
"""Boxes of a kind that are kept of a photo, the surest, as in COCO's evaluation."""


def assessed(detector: Detector, fields: Sequence[MarkedField], progress: Progress) -> DetectionTable:
    """The tables of what was found in those fields and of what is marked there."""
    return detection_table(_photos(detector, fields, progress))


def _photos(detector: Detector, fields: Sequence[MarkedField], progress: Progress) -> Iterator[tuple[FieldFacts, Rows]]:
    for done, field in enumerate(fields, start=1):
        pixels = field.pixels()
        height, width = pixels.shape[:2]
        facts = FieldFacts(
            source=field.source,
            lab=field.lab,
            split=field.split,
            published=field.published,
            key=field.key,
            width=width,
            height=height,
            trusted=" ".join(kind for kind in KINDS if kind in field.trusted),
            covered=round(covered(pixels, field.boxes), 4),
            complete=field.complete,
        )
        yield facts, [*_detected(detector, pixels), *_marked(field)]
        progress(done, len(fields))


def _detected(detector: Detector, pixels: np.ndarray) -> Rows:
    boxes = detector.boxes(pixels)
    rows: list[tuple[Kind, str, float, tuple[float, float, float, float]]] = []
    for number, kind in enumerate(KINDS):
        of_kind = boxes.take(boxes.kinds == number)
        best = of_kind.take(np.argsort(-of_kind.scores, kind="stable")[:MOST])
        rows += [(kind, "", float(score), _edges(box)) for box, score in zip(best.edges, best.scores, strict=True)]
    return rows


def _marked(field: MarkedField) -> Rows:
    types = field.types or ("",) * len(field.cells)
    return [
        (kind, of_type, float("nan"), box.as_tuple()) for (kind, box), of_type in zip(field.cells, types, strict=True)
    ]


def _edges(box: np.ndarray) -> tuple[float, float, float, float]:
    left, top, right, bottom = (float(edge) for edge in box)
    return left, top, right, bottom


def covered(pixels: np.ndarray, boxes: np.ndarray) -> float:
    """Share of the stained area of a photo (H, W, 3) uint8 that lies in boxes (N, 4); 1 where nothing is stained."""
    height, width = pixels.shape[:2]
    scale = min(1.0, WORKING / max(height, width))
    small = Image.fromarray(pixels).resize((round(width * scale), round(height * scale)), Image.Resampling.BOX)
    mask = stained(np.asarray(small))
    inside = np.zeros_like(mask)
    for left, top, right, bottom in boxes * scale:
        inside[int(top) : int(np.ceil(bottom)), int(left) : int(np.ceil(right))] = True
    return float((mask & inside).sum() / mask.sum()) if mask.any() else 1.0
