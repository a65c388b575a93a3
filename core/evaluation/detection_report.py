"""The figures of a detector of cells: precision and recall by kind and laboratory, and how far off its counts are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.evaluation.bootstrap import bootstrap
from core.evaluation.detection import (
    average_precision,
    count_detections,
    count_errors,
    mean_average_precision,
    working_point,
)
from core.evaluation.intervals import Interval, Rate, wilson
from core.evaluation.results.detections import DetectionTable
from core.imaging.fields import KINDS, Kind

BETA: dict[Kind, float] = {"white": 2.0, "red": 1.0, "platelet": 1.0}
"""How many times recall counts when the working point is chosen: a white cell missed is worse than one too many."""

RESAMPLES = 1000


@dataclass(frozen=True)
class KindFigures:
    """Of one kind in some photos. recall and precision at the working point, at an overlap of one half; count_error:
    the median of |detected - marked| / marked over the photos whose boxes are complete, with `counted` of them. Where
    cells may lack a box, only recall is known: ap50, ap50_95 and precision are NaN, unless forgotten boxes are held
    against the detector."""

    kind: Kind
    photos: int
    marked: int
    ap50: float
    ap50_95: float
    recall: Rate
    precision: Rate
    count_error: Interval
    counted: int

    def to_dict(self) -> dict[str, Any]:
        facts = {name: getattr(self, name) for name in ("kind", "photos", "marked", "counted")}
        for name in ("ap50", "ap50_95"):
            facts[name] = _rounded(getattr(self, name))
        for name in ("recall", "precision", "count_error"):
            figure: Rate | Interval = getattr(self, name)
            facts[name] = {part: _rounded(getattr(figure, part)) for part in ("value", "low", "high")}
        return facts


@dataclass(frozen=True)
class DetectionReport:
    """The figures of some photos: by kind, and their means over the kinds that are marked there."""

    title: str
    kinds: tuple[KindFigures, ...]

    @property
    def map50(self) -> float:
        return _mean([figures.ap50 for figures in self.kinds])

    @property
    def map50_95(self) -> float:
        return _mean([figures.ap50_95 for figures in self.kinds])

    def to_dict(self) -> dict[str, Any]:
        means = {"map50": _rounded(self.map50), "map50_95": _rounded(self.map50_95)}
        return {"title": self.title} | means | {"kinds": [figures.to_dict() for figures in self.kinds]}


def _mean(figures: list[float]) -> float:
    """Of those that are known; NaN where none is."""
    known = [figure for figure in figures if not np.isnan(figure)]
    return float(np.mean(known)) if known else float("nan")


def _rounded(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 4)


def working_points(detections: DetectionTable) -> dict[Kind, float]:
    """The score from which each kind is shown, chosen on the photos given (those of validation)."""
    return {kind: working_point(detections.marked_for(kind).of(kind), BETA[kind]) for kind in KINDS}


def detection_report(
    title: str, detections: DetectionTable, thresholds: Mapping[Kind, float], *, strict: bool = False
) -> DetectionReport:
    """The figures of the photos given.

    strict: as published figures are computed, every photo counts for every kind, also where the boxes of a
    kind, or of some cells, were forgotten; else only photos that were marked for it.
    """
    complete = detections.complete
    kinds = [
        _figures(kind, section, complete, thresholds[kind], known=strict or section.every_cell_marked)
        for kind in KINDS
        for section in [detections if strict else detections.marked_for(kind)]
    ]
    return DetectionReport(title, tuple(figures for figures in kinds if figures.marked))


def _figures(
    kind: Kind, detections: DetectionTable, complete: DetectionTable, threshold: float, *, known: bool
) -> KindFigures:
    """known: whether what has no box is taken for no cell."""
    photos = detections.of(kind)
    counts = count_detections(photos, threshold)
    errors = count_errors(complete.of(kind), threshold)
    return KindFigures(
        kind=kind,
        photos=len(photos),
        marked=counts.marked,
        ap50=average_precision(photos, 0.5) if known else float("nan"),
        ap50_95=mean_average_precision(photos) if known else float("nan"),
        recall=wilson(counts.detected, counts.marked),
        precision=wilson(counts.right, counts.shown) if known else wilson(0, 0),
        count_error=_median(errors),
        counted=len(errors),
    )


def _median(errors: np.ndarray) -> Interval:
    if not len(errors):
        return Interval(float("nan"), float("nan"), float("nan"))
    return bootstrap(lambda values: float(np.median(values)), errors, n_resamples=RESAMPLES)


def detection_reports(detections: DetectionTable, thresholds: Mapping[Kind, float]) -> list[DetectionReport]:
    """All reports on the test photos: by source, BCCD's own split beside ours, and by laboratory."""
    test = detections.select(split="test")
    sections: list[tuple[str, DetectionTable, bool]] = []
    for source in dict.fromkeys(test.fields["source"]):
        photos = test.select(source=source)
        sections.append((f"{source}, test", photos, False))
        own = photos.select(published="test")
        if 0 < len(own) < len(photos):
            sections += [(f"{source}, its own test split", own, False)]
            photos = own
        if photos.fields["trusted"].nunique() > 1:
            sections.append((f"{source}, its own test split, forgotten boxes held against it", photos, True))
        elif not photos.every_cell_marked:
            sections.append((f"{source}, test, forgotten boxes held against it", photos, True))
        labs: Sequence[str] = list(dict.fromkeys(photos.fields["lab"]))
        if len(labs) > 1:
            sections += [(f"{source}, {lab}", photos.select(lab=lab), False) for lab in labs]
    return [detection_report(title, section, thresholds, strict=strict) for title, section, strict in sections]
