"""Two models on the same cells: is one really better, and where?

McNemar's exact test asks whether the cells on which only one of two models is right fall to one of them more
often than a fair coin would let them (McNemar 1947, Psychometrika 12(2); exact form as in Fagerland et al.
2013, BMC Medical Research Methodology 13:91). Like every test by cell it takes cells to be independent. The
bootstrap draws whole photos where the tables name them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, nan

import numpy as np
import numpy.typing as npt

from core.evaluation.alignment import align
from core.evaluation.bootstrap import resampled_counts
from core.evaluation.intervals import Interval, percentile_interval
from core.evaluation.results.predictions import Predictions

UNLIKELY = 0.05
"""A p value below it is called unlikely to be chance."""

_OUTCOMES = 4  # both right, only the first, only the second, neither


@dataclass(frozen=True)
class PairedCounts:
    """How two models did on the same n cells, and what follows.

    only_a and only_b: cells on which that one alone is right. difference: accuracy of a less that of b, with
    a 95 % paired bootstrap interval, which is NaN where the two are right on the same cells, since then there
    is nothing to draw from. p: McNemar's exact test, two-sided.
    """

    n: int
    both: int
    only_a: int
    only_b: int
    neither: int
    difference: Interval
    p: float


@dataclass(frozen=True)
class ClassPairedCounts(PairedCounts):
    """The same among the cells of one class, so that difference is one of sensitivities.

    p_holm: p corrected by Holm's method for looking at all classes that have cells; NaN without cells.
    """

    key: str
    p_holm: float


@dataclass(frozen=True)
class Comparison:
    """Two models on all cells and by class. alike: whether they predict the same class for every cell.

    grouped: whether the intervals were drawn by photo.
    """

    overall: PairedCounts
    per_class: tuple[ClassPairedCounts, ...]
    alike: bool
    grouped: bool

    @property
    def significant(self) -> tuple[ClassPairedCounts, ...]:
        """The classes whose difference is unlikely to be chance after correction, the likeliest first."""
        significant = [row for row in self.per_class if row.p_holm < UNLIKELY]
        return tuple(sorted(significant, key=lambda row: (row.p_holm, row.p)))


def mcnemar(only_a: int, only_b: int) -> float:
    """Two-sided p of the exact test: the chance that a fair coin splits the cells at least as unevenly.

    1 where there are no such cells. ValueError for negative counts.
    """
    if min(only_a, only_b) < 0:
        raise ValueError(f"cells cannot be counted as {only_a} and {only_b}")
    n, fewer = only_a + only_b, min(only_a, only_b)
    # In whole numbers, so that nothing is lost, and without scipy.stats, which takes seconds to import.
    tail = sum(comb(n, k) for k in range(fewer + 1))
    return min(1.0, 2 * tail / 2**n)


def holm(p: Sequence[float]) -> list[float]:
    """p values corrected for being looked at together, in the same order; NaN stays NaN and is not counted.

    Source: Holm 1979, Scandinavian Journal of Statistics 6(2).
    """
    defined = sorted((value, place) for place, value in enumerate(p) if value == value)
    corrected = [nan] * len(p)
    highest = 0.0
    for rank, (value, place) in enumerate(defined):
        highest = max(highest, min(1.0, (len(defined) - rank) * value))
        corrected[place] = highest
    return corrected


def compare(a: Predictions, b: Predictions) -> Comparison:
    """Model a against model b on the cells that both tables have; CheckpointError as in `align`."""
    first, second = align({"a": a, "b": b}).values()
    k = len(first.classes)
    outcomes = first.labels * _OUTCOMES + _outcomes(first, second)
    counts = np.bincount(outcomes, minlength=k * _OUTCOMES).reshape(k, _OUTCOMES)
    groups = first.groups
    drawn = resampled_counts(outcomes, k * _OUTCOMES, groups).reshape(-1, k, _OUTCOMES)
    by_class = [_paired_counts(counts[number], drawn[:, number]) for number in range(k)]
    corrected = holm([row.p if row.n else nan for row in by_class])
    return Comparison(
        overall=_paired_counts(counts.sum(axis=0), drawn.sum(axis=1)),
        per_class=tuple(
            ClassPairedCounts(**vars(row), key=key, p_holm=p)
            for key, row, p in zip(first.classes, by_class, corrected, strict=True)
        ),
        alike=bool((first.predicted == second.predicted).all()),
        grouped=groups is not None,
    )


def _outcomes(a: Predictions, b: Predictions) -> npt.NDArray[np.intp]:
    """0 both right, 1 only a, 2 only b, 3 neither: (N,)."""
    wrong_a, wrong_b = a.predicted != a.labels, b.predicted != b.labels
    return wrong_b.astype(np.intp) + 2 * wrong_a


def _paired_counts(counts: npt.NDArray[np.int64], drawn: npt.NDArray[np.int64]) -> PairedCounts:
    """counts: (4,) cells of each outcome; drawn: (B, 4), the same in bootstrap samples."""
    both, only_a, only_b, neither = (int(count) for count in counts)
    n = both + only_a + only_b + neither
    value = (only_a - only_b) / n if n else nan
    size = drawn.sum(axis=1)
    differences = np.where(size > 0, (drawn[:, 1] - drawn[:, 2]) / np.maximum(size, 1), nan)
    interval = percentile_interval(value, differences) if only_a + only_b else Interval(value, nan, nan)
    return PairedCounts(n, both, only_a, only_b, neither, interval, mcnemar(only_a, only_b))
