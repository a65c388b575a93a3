"""Accuracy."""

import numpy as np
import numpy.typing as npt

from core.evaluation.confusion import Floats, ratio, square
from core.evaluation.intervals import Rate, wilson
from core.evaluation.metrics.registry import OVERALL_METRICS, OverallMetric


def accuracy(confusion: npt.ArrayLike) -> Floats:
    """Share of all cells called rightly, trace / sum: (...), NaN without cells. Equals micro-averaged F1."""
    counts = square(confusion)
    return ratio(np.einsum("...ii->...", counts), counts.sum(axis=(-2, -1)))


def accuracy_rate(confusion: npt.ArrayLike) -> Rate:
    """The same of one (K, K) matrix, with Wilson's interval."""
    counts = square(confusion)
    return wilson(int(np.trace(counts)), int(counts.sum()))


OVERALL_METRICS.add(
    OverallMetric(
        name="accuracy",
        title="Accuracy",
        meaning="The share of all cells that the model calls rightly.",
        order=1,
        of_confusion=accuracy,
        interval=accuracy_rate,
    )
)
