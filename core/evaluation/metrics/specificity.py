"""Specificity, by class and as a mean over the classes."""

import numpy.typing as npt

from core.evaluation.confusion import Floats, macro_mean, outcomes, ratio
from core.evaluation.intervals import wilson
from core.evaluation.metrics.registry import CLASS_METRICS, OVERALL_METRICS, ClassMetric, OverallMetric


def specificity(confusion: npt.ArrayLike) -> Floats:
    """Share of all other cells not called the class, TN / (TN + FP): (..., K), NaN without other cells."""
    o = outcomes(confusion)
    return ratio(o.tn, o.tn + o.fp)


SPECIFICITY = ClassMetric(
    name="specificity",
    title="Specificity",
    meaning="Of all cells of other classes, the share that the model does not call so.",
    order=2,
    function=specificity,
    interval=lambda o: wilson(int(o.tn), int(o.tn + o.fp)),
    interval_name="Wilson's",
)

CLASS_METRICS.add(SPECIFICITY)

OVERALL_METRICS.add(
    OverallMetric(
        name="specificity",
        title="Specificity",
        meaning="The mean over the classes of the share of other cells that the model does not call so.",
        order=5,
        of_confusion=lambda confusion: macro_mean(specificity(confusion), confusion),
        mean_of=SPECIFICITY,
        places=frozenset(("report", "tables", "studies")),
    )
)
