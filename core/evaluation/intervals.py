"""How sure a figure is: a figure with its interval, and Wilson's interval for proportions.

For everything else there is `core.evaluation.bootstrap`.
"""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Interval:
    """A figure with the range that it could well have had on other images of the same kind.

    value, low and high are in the unit of the figure; each is NaN where it is undefined.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Rate:
    """A proportion out of n images. value is NaN when n is 0, and low and high are then 0 and 1."""

    value: float
    low: float
    high: float
    n: int


def wilson(successes: int, n: int, confidence: float = 0.95) -> Rate:
    """Proportion successes / n with Wilson's score interval, sound for few images and near 0 or 1.

    With n = 0 nothing is known: the value is NaN and the interval is 0 to 1. ValueError if successes is
    not in 0..n or confidence not in 0..1. Source: Wilson 1927, JASA 22(158).
    """
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} of {n} is not a proportion")
    if n == 0:
        return Rate(value=float("nan"), low=0.0, high=1.0, n=0)
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be between 0 and 1, got {confidence}")
    z2 = NormalDist().inv_cdf((1 + confidence) / 2) ** 2
    centre = (successes + z2 / 2) / (n + z2)
    half = sqrt(z2 * (successes * (n - successes) / n + z2 / 4)) / (n + z2)
    # Rounding must not push an end that is 0 or 1 past the figure itself.
    low = 0.0 if successes == 0 else centre - half
    high = 1.0 if successes == n else centre + half
    return Rate(value=successes / n, low=low, high=high, n=n)


def percentile_interval(value: float, distribution: npt.NDArray[np.float64], confidence: float = 0.95) -> Interval:
    """Interval around value from the middle share `confidence` of distribution (B,), NaN entries left out."""
    defined = distribution[~np.isnan(distribution)]
    if np.isnan(value) or defined.size == 0:
        return Interval(float(value), float("nan"), float("nan"))
    tail = (1 - confidence) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    return Interval(float(value), float(low), float(high))
