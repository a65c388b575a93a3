"""Whether confidence is calibrated: bins of equally many images, as the calibration error has them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.evaluation.bootstrap import bootstrap
from core.evaluation.intervals import Interval, Rate, wilson
from core.evaluation.metrics.calibration import brier, ece, equal_mass, negative_log_likelihood
from core.evaluation.probabilities import checked_probabilities

BINS = 15


@dataclass(frozen=True)
class Bin:
    """Images of like confidence: from lowest to highest, mean confidence, and the share of right answers."""

    lowest: float
    highest: float
    confidence: float
    right: Rate

    @property
    def n(self) -> int:
        return self.right.n


def reliability(probabilities: npt.ArrayLike, labels: npt.ArrayLike, bins: int = BINS) -> tuple[Bin, ...]:
    """The bins of `metrics.ece` that hold images, the least confident first; right with Wilson's interval.

    probabilities: (N, K); labels: (N,) class numbers. The mean of |right - confidence| over the bins, weighed
    by their sizes, is the calibration error. Source: DeGroot & Fienberg 1983, The Statistician 32.
    """
    p, truth = checked_probabilities(probabilities, labels)
    if not len(p):
        return ()
    confidence = p.max(axis=1)
    right = p.argmax(axis=1) == truth
    in_bin = equal_mass(confidence, bins)
    return tuple(
        Bin(
            lowest=float(confidence[rows].min()),
            highest=float(confidence[rows].max()),
            confidence=float(confidence[rows].mean()),
            right=wilson(int(right[rows].sum()), int(rows.sum())),
        )
        for rows in (in_bin == number for number in np.unique(in_bin))
    )


@dataclass(frozen=True)
class Quality:
    """How good probabilities are, each figure with a 95 % bootstrap interval by image; less is better.

    ece: calibration error in BINS bins of equally many images (core.evaluation.metrics.ece).
    """

    ece: Interval
    brier: Interval
    likelihood: Interval


RESAMPLES = 500


def quality(probabilities: npt.ArrayLike, labels: npt.ArrayLike) -> Quality:
    """probabilities: (N, K); labels: (N,) class numbers."""
    p, truth = checked_probabilities(probabilities, labels)
    return Quality(
        *(
            bootstrap(figure, p, truth, n_resamples=RESAMPLES)
            for figure in (lambda q, t: ece(q, t, BINS), brier, negative_log_likelihood)
        )
    )
