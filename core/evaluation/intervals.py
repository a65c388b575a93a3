"""How sure a figure is: Wilson's interval for proportions, the bootstrap for everything else."""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

RESAMPLES = 2_000
SEED = 0


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


def bootstrap(
    statistic: Callable[..., float],
    *arrays: npt.NDArray[Any],
    groups: npt.ArrayLike | None = None,
    n_resamples: int = RESAMPLES,
    confidence: float = 0.95,
    seed: int = SEED,
) -> Interval:
    """Percentile bootstrap of statistic(*arrays), drawing whole images or, with groups, whole groups.

    arrays: each (N, ...), resampled together (paired). groups: (N,) names of what the rows share (the
    photo that cells were cut from): cells of one photo are alike, so drawing them singly would promise
    too much. Resamples for which the statistic is NaN are left out. The range is NaN with fewer than
    two units to draw from. ValueError if there is no array or lengths differ.
    Source: Efron & Tibshirani 1993, chapters 8 and 13; drawn by scipy.stats.bootstrap.
    """
    from scipy import stats  # seconds to import on a small machine, and wanted only here

    members = _members(groups, *arrays)
    value = float(statistic(*arrays))
    if len(members) < 2:
        return Interval(value, float("nan"), float("nan"))

    def resampled(chosen: npt.NDArray[np.intp]) -> float:
        rows = np.concatenate([members[unit] for unit in chosen]) if groups is not None else chosen
        return float(statistic(*(array[rows] for array in arrays)))

    drawn = stats.bootstrap(
        (np.arange(len(members)),),
        resampled,
        vectorized=False,
        n_resamples=n_resamples,
        method="percentile",
        rng=np.random.default_rng(seed),
    )
    return percentile_interval(value, drawn.bootstrap_distribution, confidence)


def percentile_interval(value: float, distribution: npt.NDArray[np.float64], confidence: float = 0.95) -> Interval:
    """Interval around value from the middle share `confidence` of distribution (B,), NaN entries left out."""
    known = distribution[~np.isnan(distribution)]
    if np.isnan(value) or known.size == 0:
        return Interval(float(value), float("nan"), float("nan"))
    tail = (1 - confidence) / 2
    low, high = np.quantile(known, [tail, 1 - tail])
    return Interval(float(value), float(low), float(high))


def _members(groups: npt.ArrayLike | None, *arrays: npt.NDArray[Any]) -> list[npt.NDArray[np.intp]]:
    """Row numbers of every unit that is drawn as a whole."""
    lengths = {len(array) for array in arrays}
    if groups is not None:
        lengths.add(len(np.asarray(groups)))
    if not arrays or len(lengths) != 1:
        raise ValueError(f"the arrays and groups to resample must be of one length, got {sorted(lengths)}")
    if groups is None:
        return [np.array([row]) for row in range(lengths.pop())]
    _, unit = np.unique(np.asarray(groups), return_inverse=True)
    order = np.argsort(unit, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(unit[order])) + 1) if order.size else []
