"""F1, by class and as a mean over the classes."""

import math

import numpy.typing as npt

from core.evaluation.confusion import Floats, Outcomes, macro_mean, outcomes, ratio
from core.evaluation.intervals import Interval, wilson
from core.evaluation.metrics.registry import CLASS_METRICS, OVERALL_METRICS, ClassMetric, OverallMetric


def f1(confusion: npt.ArrayLike) -> Floats:
    """Harmonic mean of precision and sensitivity, 2 TP / (2 TP + FP + FN): (..., K).

    NaN only where a class neither occurs nor is ever called. Source: van Rijsbergen 1979, chapter 7.
    """
    o = outcomes(confusion)
    return ratio(2 * o.tp, 2 * o.tp + o.fp + o.fn)


def macro_f1(confusion: npt.ArrayLike) -> Floats:
    """Mean F1 of the classes that occur: (...)."""
    return macro_mean(f1(confusion), confusion)


def f1_interval(o: Outcomes) -> Interval:
    """F1 = 2 J / (1 + J), where J = TP / (TP + FP + FN) is a proportion and has Wilson's interval.

    After Lam et al., arXiv:2309.14621. The bootstrap is too narrow near 1 and has no width without errors.
    """
    tp, n = int(o.tp), int(o.tp + o.fp + o.fn)
    if n == 0:
        return Interval(math.nan, math.nan, math.nan)
    jaccard = wilson(tp, n)
    return Interval(*(2 * j / (1 + j) for j in (jaccard.value, jaccard.low, jaccard.high)))


F1 = ClassMetric(
    name="f1",
    title="F1",
    meaning="Sensitivity and precision in one figure (their harmonic mean).",
    order=4,
    function=f1,
    interval=f1_interval,
    interval_name="Wilson's through the Jaccard index",
)

CLASS_METRICS.add(F1)

OVERALL_METRICS.add(
    OverallMetric(
        name="f1",
        title="F1",
        meaning="The mean over the classes of sensitivity and precision in one figure (their harmonic mean).",
        order=6,
        of_confusion=macro_f1,
        mean_of=F1,
        abbreviation="F1",
    )
)
