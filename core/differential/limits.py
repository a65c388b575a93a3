"""What chance does to a count: exact limits of a proportion, and how many cells would narrow them."""

import math

from core.evaluation.intervals import Rate

MOST_CELLS = 100_000
"""More cells than this nobody counts; `cells_for` gives up there."""

_ALMOST = 1e-9
"""Rounding outward keeps a limit that is a whole number but for the last digits of a float."""


def exact(successes: int, n: int, confidence: float = 0.95) -> Rate:
    """Proportion with its exact binomial interval, which Rümke's table for differential counts holds.

    With n = 0 nothing is known: the value is NaN and the interval is 0 to 1. ValueError where successes is not
    in 0..n. Source: Clopper & Pearson 1934, Biometrika 26(4):404-413.
    """
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} of {n} is not a proportion")
    if n == 0:
        return Rate(float("nan"), 0.0, 1.0, 0)
    low, high = _limits(successes, n, confidence)
    return Rate(successes / n, low, high, n)


def _limits(successes: float, n: float, confidence: float) -> tuple[float, float]:
    """Of a count that need not be whole, so that planning moves smoothly from one number of cells to the next."""
    from scipy.stats import beta  # seconds to import on a small machine

    tail = (1 - confidence) / 2
    low = float(beta.ppf(tail, successes, n - successes + 1)) if successes > 0 else 0.0
    high = float(beta.ppf(1 - tail, successes + 1, n - successes)) if successes < n else 1.0
    return low, high


def outward(rate: Rate) -> tuple[int, int]:
    """The limits in whole percent, the lower rounded down and the upper up, as Rümke printed them.

    Source: Rümke CL, Variability of results in differential cell counts on blood smears, Triangle 1960;4:154.
    """
    return math.floor(100 * rate.low + _ALMOST), math.ceil(100 * rate.high - _ALMOST)


def cells_for(share: float, points: float, confidence: float = 0.95) -> int | None:
    """Fewest cells of which `share` are of a class so that its exact interval spans at most ± `points` percent.

    share in [0, 1]; points are percentage points, half of the interval's width. None where MOST_CELLS do not do.
    """
    if not (0 <= share <= 1 and points > 0):
        raise ValueError(f"no number of cells gives ± {points} points around {share}")

    def fits(n: int) -> bool:
        low, high = _limits(share * n, n, confidence)
        return (high - low) * 100 <= 2 * points

    if not fits(MOST_CELLS):
        return None
    short, enough = 0, MOST_CELLS
    while enough - short > 1:
        middle = (short + enough) // 2
        short, enough = (short, middle) if fits(middle) else (middle, enough)
    return enough


def more_cells(share: float, counted: int, points: float) -> int | None:
    """How many cells more than those counted until the interval spans ± `points`; 0 where it does already."""
    wanted = cells_for(share, points)
    return None if wanted is None else max(0, wanted - counted)
