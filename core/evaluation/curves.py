"""One class against all others by its probability: ROC and precision-recall curves with the areas under them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.evaluation.intervals import Interval
from core.evaluation.ranking import area_interval, blocks_of, precision_interval
from core.evaluation.results.predictions import Predictions

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Curve:
    """One class among n cells, positives of which are of it.

    thresholds (T,) from high to low, beginning with infinity; at each, a cell is called the class where its
    probability is at least so high: sensitivity (T,) is the share of the class's cells called so, false_alarms
    (T,) the share of the others called so, precision (T,) the share right of those called so (NaN where none
    is). auc: area under ROC; average_precision: mean precision over the steps of sensitivity; both with 95 %
    percentile bootstrap intervals by image, or by photo where the table names photos.
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


def curve(predictions: Predictions, key: str) -> Curve:
    """Both curves of one class with their areas; NaN throughout where the class or its opposite is absent.

    ValueError where the table has no such class.
    """
    scores, positive = predictions.one_class(key)
    _, blocks = blocks_of(scores, positive)
    called = np.concatenate([np.zeros((1, 2), dtype=np.int64), np.cumsum(blocks[::-1], axis=0)])
    corners = _corners(called)
    called = called[corners]
    others, of_class = (int(count) for count in blocks.sum(axis=0))
    with np.errstate(invalid="ignore", divide="ignore"):
        sensitivity, false_alarms = called[:, 1] / of_class, called[:, 0] / others
        precision = called[:, 1] / called.sum(axis=1)
    return Curve(
        key=key,
        n=len(predictions),
        positives=of_class,
        thresholds=np.concatenate([[np.inf], np.unique(scores)[::-1]])[corners],
        sensitivity=sensitivity,
        false_alarms=false_alarms,
        precision=precision,
        auc=area_interval(scores, positive, predictions.groups),
        average_precision=precision_interval(scores, positive, predictions.groups),
    )


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
