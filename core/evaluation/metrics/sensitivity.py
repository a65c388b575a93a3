"""Sensitivity, which is recall, and its mean over the classes, which is balanced accuracy."""

import numpy.typing as npt

from core.evaluation.confusion import Floats, macro_mean, outcomes, ratio
from core.evaluation.intervals import wilson
from core.evaluation.metrics.registry import CLASS_METRICS, OVERALL_METRICS, ClassMetric, OverallMetric


def sensitivity(confusion: npt.ArrayLike) -> Floats:
    """Share of each class's cells called so (recall), TP / (TP + FN): (..., K), NaN for an absent class."""
    o = outcomes(confusion)
    return ratio(o.tp, o.tp + o.fn)


def balanced_accuracy(confusion: npt.ArrayLike) -> Floats:
    """Mean sensitivity of the classes that occur, each class counted alike: (...), NaN without cells.

    Source: Brodersen et al. 2010, ICPR; not adjusted for chance.
    """
    return macro_mean(sensitivity(confusion), confusion)


SENSITIVITY = ClassMetric(
    name="sensitivity",
    title="Sensitivity",
    meaning="Of the cells that are of a class, the share that the model calls so.",
    order=1,
    function=sensitivity,
    interval=lambda o: wilson(int(o.tp), int(o.tp + o.fn)),
    interval_name="Wilson's",
)

CLASS_METRICS.add(SENSITIVITY)

OVERALL_METRICS.add(
    OverallMetric(
        name="balanced_accuracy",
        title="Balanced accuracy",
        meaning="The mean over the classes of the share of their cells that the model calls so.",
        order=2,
        of_confusion=balanced_accuracy,
        interval="bootstrap",
        same_as="recall",
        places=frozenset(("report", "folds")),
    )
)

OVERALL_METRICS.add(
    OverallMetric(
        name="recall",
        title="Sensitivity",
        meaning="The mean over the classes of the share of their cells that the model calls so.",
        order=4,
        of_confusion=balanced_accuracy,
        mean_of=SENSITIVITY,
    )
)
