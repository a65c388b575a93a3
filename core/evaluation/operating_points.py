"""One class, one threshold: what calling a cell the class from that probability on finds, misses and gets wrong.

Predictive values depend on how common the class is where the model is used, which the tested cells cannot say;
they are worked out for a prevalence that is given, by Bayes' rule from sensitivity and specificity.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.evaluation.bootstrap import SEED
from core.evaluation.intervals import Interval, Rate, wilson
from core.evaluation.metrics.registry import Metric
from core.evaluation.results.predictions import Predictions

DRAWS = 20_000


@dataclass(frozen=True)
class OperatingPoint:
    """A class's figures at a threshold in 0..1, among cells of which tp + fn are of the class.

    sensitivity and specificity have Wilson's 95 % intervals. ppv (the share that is of the class among cells
    called so) and npv (the share that is not among the others) are at `prevalence`, 0..1; their 95 % intervals
    come from drawing sensitivity and specificity from Jeffreys' distributions, Beta(right + 1/2, wrong + 1/2),
    which keeps a width where no mistake was seen. NaN: undefined, such as ppv where nothing is called so.
    """

    key: str
    threshold: float
    prevalence: float
    tp: int
    fp: int
    fn: int
    tn: int
    sensitivity: Rate
    specificity: Rate
    ppv: Interval
    npv: Interval


POINT_METRICS = (
    Metric(name="sensitivity", order=1, title="Sensitivity", meaning="Cells of the class that are found"),
    Metric(name="specificity", order=2, title="Specificity", meaning="Other cells that are not called so"),
    Metric(name="ppv", order=3, title="Positive predictive value", meaning="Cells called so that are right"),
    Metric(name="npv", order=4, title="Negative predictive value", meaning="Cells not called so that are right"),
)
"""The figures of a point by the names of its fields; what each means, in a few words."""


def operate(predictions: Predictions, key: str, threshold: float, prevalence: float) -> OperatingPoint:
    """Figures of calling a cell `key` where its probability is at least threshold.

    ValueError where the table has no such class or a number is outside 0..1.
    """
    if not (0 <= threshold <= 1 and 0 <= prevalence <= 1):
        raise ValueError(f"threshold and prevalence must be from 0 to 1, got {threshold} and {prevalence}")
    number = predictions.classes.index(key)
    # Probabilities are stored in 32 bits: 0.9 as stored is a little less than 0.9 here.
    called = predictions.probabilities[:, number].astype(np.float32) >= np.float32(threshold)
    positive = predictions.labels == number
    tp, fp = int((called & positive).sum()), int((called & ~positive).sum())
    fn, tn = int((~called & positive).sum()), int((~called & ~positive).sum())
    ppv, npv = _predictive(tp, fp, fn, tn, prevalence)
    return OperatingPoint(
        key=key,
        threshold=threshold,
        prevalence=prevalence,
        tp=tp,
        fp=fp,
        fn=fn,
        tn=tn,
        sensitivity=wilson(tp, tp + fn),
        specificity=wilson(tn, tn + fp),
        ppv=ppv,
        npv=npv,
    )


def _predictive(tp: int, fp: int, fn: int, tn: int, prevalence: float) -> tuple[Interval, Interval]:
    if not tp + fn or not tn + fp:
        undefined = Interval(np.nan, np.nan, np.nan)
        return undefined, undefined
    rng = np.random.default_rng(SEED)
    sensitivity = rng.beta(tp + 0.5, fn + 0.5, DRAWS)
    specificity = rng.beta(tn + 0.5, fp + 0.5, DRAWS)
    drawn = bayes(sensitivity, specificity, prevalence)
    values = bayes(np.array([tp / (tp + fn)]), np.array([tn / (tn + fp)]), prevalence)
    ppv, npv = (_around(float(value[0]), draws) for value, draws in zip(values, drawn, strict=True))
    return ppv, npv


def bayes(
    sensitivity: npt.NDArray[np.float64], specificity: npt.NDArray[np.float64], prevalence: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Positive and negative predictive value at a prevalence, (N,) each; NaN where no cell is called so."""
    tp, fp = sensitivity * prevalence, (1 - specificity) * (1 - prevalence)
    fn, tn = (1 - sensitivity) * prevalence, specificity * (1 - prevalence)
    with np.errstate(invalid="ignore", divide="ignore"):
        return tp / (tp + fp), tn / (tn + fn)


def _around(value: float, draws: npt.NDArray[np.float64]) -> Interval:
    """The middle 95 % of draws, widened to hold the value itself, which may lie at the very end of the scale."""
    if np.isnan(value):
        return Interval(np.nan, np.nan, np.nan)
    low, high = np.nanquantile(draws, [0.025, 0.975])
    return Interval(value, min(float(low), value), max(float(high), value))
