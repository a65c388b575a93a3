"""Precision, by class and as a mean over the classes."""

import numpy as np
import numpy.typing as npt

from core.evaluation.confusion import Floats, macro_mean, outcomes, ratio
from core.evaluation.intervals import wilson
from core.evaluation.metrics.registry import CLASS_METRICS, OVERALL_METRICS, ClassMetric, OverallMetric


def precision(confusion: npt.ArrayLike) -> Floats:
    """Share of cells called a class that are of it, TP / (TP + FP): (..., K), NaN if none is called so."""
    o = outcomes(confusion)
    return ratio(o.tp, o.tp + o.fp)


def macro_precision(confusion: npt.ArrayLike) -> Floats:
    """Mean over the classes that occur: (...).

    A class that occurs but is never called counts with precision 0, as in scikit-learn: leaving it out would reward a
    model for never naming a difficult class.
    """
    return macro_mean(np.nan_to_num(precision(confusion), nan=0.0), confusion)


PRECISION = ClassMetric(
    name="precision",
    title="Precision",
    meaning="Of the cells that the model calls a class, the share that are of it.",
    order=3,
    function=precision,
    interval=lambda o: wilson(int(o.tp), int(o.tp + o.fp)),
    interval_name="Wilson's",
)

CLASS_METRICS.add(PRECISION)

OVERALL_METRICS.add(
    OverallMetric(
        name="precision",
        title="Precision",
        meaning="The mean over the classes of the share of cells called so that are of the class.",
        order=3,
        of_confusion=macro_precision,
        mean_of=PRECISION,
        places=frozenset(("report", "folds", "studies")),
    )
)
