"""One class against all others by its probability: ROC and precision-recall curves with the areas under them.

Areas have 95 % percentile bootstrap intervals by image, or by photo where the table names photos. Rows that no
cut can tell apart are counted together before they are drawn, which changes no figure and makes thousands of
samples cheap. An area of exactly 1 has no interval: no sample can fall below it, so the bootstrap is blind there.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from core.evaluation.bootstrap import resampled
from core.evaluation.intervals import Interval, percentile_interval
from core.evaluation.report import ClassReport, Report
from core.evaluation.results.predictions import Predictions

Floats = npt.NDArray[np.float64]
Blocks = npt.NDArray[Any]
"""(..., S, 2) counts at S cuts from the lowest probability up: cells of other classes, cells of the class."""


@dataclass(frozen=True, eq=False)
class Curve:
    """One class among n cells, positives of which are of it.

    thresholds (T,) from high to low, beginning with infinity; at each, a cell is called the class where its
    probability is at least so high: sensitivity (T,) is the share of the class's cells called so, false_alarms
    (T,) the share of the others called so, precision (T,) the share right of those called so (NaN where none
    is). auc: area under ROC; average_precision: mean precision over the steps of sensitivity.
    """

    key: str
    n: int
    positives: int
    thresholds: Floats
    sensitivity: Floats
    false_alarms: Floats
    precision: Floats
    auc: Interval
    average_precision: Interval


@dataclass(frozen=True)
class RankedClass(ClassReport):
    """A class's figures with the area under its ROC curve."""

    auc: Interval

    def to_dict(self) -> dict[str, Any]:
        ends = {end: None if np.isnan(getattr(self.auc, end)) else getattr(self.auc, end) for end in _ENDS}
        return super().to_dict() | {"auc": ends}


_ENDS = ("value", "low", "high")


def curve(predictions: Predictions, key: str) -> Curve:
    """Both curves of one class with their areas; NaN throughout where the class or its opposite is absent.

    ValueError where the table has no such class.
    """
    scores, positive = _one_class(predictions, key)
    unit, blocks = _blocks(scores, positive)
    below = np.cumsum(blocks[::-1], axis=0)
    called = np.concatenate([np.zeros((1, 2), dtype=np.int64), below])
    kept = _corners(called)
    called = called[kept]
    others, of_class = (int(count) for count in blocks.sum(axis=0))
    with np.errstate(invalid="ignore", divide="ignore"):
        sensitivity, false_alarms = called[:, 1] / of_class, called[:, 0] / others
        precision = called[:, 1] / called.sum(axis=1)
    cuts = np.concatenate([[np.inf], np.unique(scores)[::-1]])[kept]
    return Curve(
        key=key,
        n=len(predictions),
        positives=of_class,
        thresholds=cuts,
        sensitivity=sensitivity,
        false_alarms=false_alarms,
        precision=precision,
        auc=_interval(_areas, unit, positive, blocks, predictions.groups),
        average_precision=_interval(_precisions, unit, positive, blocks, predictions.groups),
    )


def area(predictions: Predictions, key: str) -> Interval:
    """Area under the ROC curve of one class alone, which is cheap; NaN where the class or its opposite is absent."""
    scores, positive = _one_class(predictions, key)
    unit, blocks = _blocks(scores, positive)
    return _interval(_areas, unit, positive, blocks, predictions.groups)


def with_areas(report: Report, predictions: Predictions) -> Report:
    """The report with every class's area under ROC beside its rates, among the predictions that it was made of."""
    rows = tuple(RankedClass(**vars(one), auc=area(predictions, one.key)) for one in report.per_class)
    return replace(report, per_class=rows)


def _one_class(predictions: Predictions, key: str) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """The class's probability for every cell, and whether the cell is of the class: (N,) both."""
    number = predictions.classes.index(key)
    return predictions.probabilities[:, number], predictions.labels == number


def _blocks(scores: Floats, positive: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.int64]]:
    """Cells of equal probability counted together: number of each cell's block (N,), and the blocks (S, 2)."""
    distinct, unit = np.unique(scores, return_inverse=True)
    counts = np.bincount(unit * 2 + positive, minlength=2 * len(distinct)).reshape(-1, 2)
    return unit, counts


def _corners(called: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Which points of the curves are needed to draw both: those on a straight line in both are not.

    called: (T, 2) cells of other classes and of the class called so. Between two steps that only add other cells
    both curves are straight; between two that only add cells of the class ROC is, and precision where it is still 1.
    """
    adds = np.diff(called, axis=0)
    others_only = adds[:, 1] == 0
    clear = (adds[:, 0] == 0) & (called[1:, 0] == 0)
    straight = (others_only[:-1] & others_only[1:]) | (clear[:-1] & clear[1:])
    return np.concatenate([[True], ~straight, [True]])


def _interval(
    statistic: Any,
    unit: npt.NDArray[np.intp],
    positive: npt.NDArray[np.bool_],
    blocks: npt.NDArray[np.int64],
    groups: npt.NDArray[np.str_] | None,
) -> Interval:
    value = float(statistic(blocks[None])[0])
    if np.isnan(value) or value == 1:
        return Interval(value, np.nan, np.nan)
    merged = _merged(blocks, joins_positives=statistic is _areas)
    size = int(merged[-1]) + 1
    drawn = resampled(merged[unit] * 2 + positive, 2 * size, groups).reshape(-1, size, 2)
    return percentile_interval(value, statistic(drawn))


def _merged(blocks: npt.NDArray[np.int64], joins_positives: bool) -> npt.NDArray[np.intp]:
    """Numbers for the S blocks, from low to high, the same for neighbours that need not be told apart: (S,).

    Neighbours of cells of other classes only never need be; neighbours of cells of the class only need not be
    for the ROC curve, and for precision where nothing of another class lies above them.
    """
    others, of_class = blocks[:, 0] > 0, blocks[:, 1] > 0
    clear = np.cumsum(blocks[::-1, 0])[::-1] == 0
    pure = np.where(others & ~of_class, 1, np.where(of_class & ~others & (joins_positives | clear), 2, 0))
    begins = np.ones(len(blocks), dtype=bool)
    begins[1:] = (pure[1:] != pure[:-1]) | (pure[1:] == 0)
    return np.cumsum(begins) - 1


def _areas(blocks: Blocks) -> Floats:
    """Area under ROC of (B, S, 2) blocks: the chance that a cell of the class lies above another, ties half: (B,)."""
    others, of_class = blocks[..., 0], blocks[..., 1]
    below = np.cumsum(others, axis=-1) - others / 2
    return _share((of_class * below).sum(axis=-1), of_class.sum(axis=-1) * others.sum(axis=-1))


def _precisions(blocks: Blocks) -> Floats:
    """Average precision of (B, S, 2) blocks: precision at each cut, weighed by the sensitivity it adds: (B,)."""
    called = np.cumsum(blocks[:, ::-1], axis=1)
    of_class = blocks[:, ::-1, 1]
    precision = called[..., 1] / np.maximum(called.sum(axis=-1), 1)
    found = _share((of_class * precision).sum(axis=-1), of_class.sum(axis=-1))
    # As for the ROC curve, without cells of other classes there is nothing to tell apart.
    return np.where(blocks[..., 0].sum(axis=-1) > 0, found, np.nan)


def _share(part: npt.NDArray[Any], whole: npt.NDArray[Any]) -> Floats:
    share = np.full(np.shape(whole), np.nan)
    np.divide(part, whole, out=share, where=np.asarray(whole) > 0)
    return share
