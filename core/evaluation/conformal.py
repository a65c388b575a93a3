"""Prediction sets: the classes that cannot be left out if so many in a hundred sets are to hold the true one.

Split conformal prediction. A score says how badly a class fits a cell; the threshold is the score that the
wanted share of validation cells keeps to, and a set holds the classes that keep to it too. Where new cells are
drawn like the validation cells, and those had no say in the probabilities, sets hold the true class at least as
often as promised, on average over cells; of cells of another kind nothing is promised.
Sources: Vovk, Gammerman & Shafer 2005; Angelopoulos & Bates, arXiv:2107.07511.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil

import numpy as np
import numpy.typing as npt

from core.evaluation.bootstrap import bootstrap
from core.evaluation.intervals import Interval, Rate, wilson
from core.evaluation.probabilities import Floats, checked_probabilities

LEVELS = (0.90, 0.95, 0.99)
RANK_PRICE = 0.1
"""RAPS: each place behind the likeliest class costs so much more."""

TOLERANCE = 1e-6
"""By so much a score may pass its limit: probabilities are stored in 32 bits, and a cell on the limit is in."""

Scores = Callable[[Floats], Floats]
"""Probabilities (N, K) -> how badly each class fits each cell, (N, K); higher is worse."""


def lac(probabilities: Floats) -> Floats:
    """One less the probability: the smallest sets on average, and empty ones where no class is likely.

    Least ambiguous classifier: Sadinle, Lei & Wasserman 2019, JASA 114(525).
    """
    return np.asarray(1.0 - probabilities)


def aps(probabilities: Floats) -> Floats:
    """The probability of all classes that are likelier, so that the likeliest class is in every set.

    Adaptive prediction sets: Romano, Sesia & Candès, NeurIPS 2020, arXiv:2006.02544, without their lottery: its
    number is 1 throughout, which keeps the promise and gives the same cell the same set each time.
    """
    order, ranks = _ranked(probabilities)
    ordered = np.take_along_axis(probabilities, order, axis=1)
    return np.asarray(np.take_along_axis(np.cumsum(ordered, axis=1) - ordered, ranks, axis=1))


def raps(probabilities: Floats) -> Floats:
    """As `aps`, and RANK_PRICE more for each place behind the first, which keeps sets from growing long.

    Regularised adaptive prediction sets: Angelopoulos et al., ICLR 2021, arXiv:2009.14193.
    """
    _, ranks = _ranked(probabilities)
    return np.asarray(aps(probabilities) + RANK_PRICE * ranks)


METHODS: dict[str, tuple[Scores, bool]] = {
    "lac": (lac, False),
    "aps": (aps, False),
    "raps": (raps, False),
    "by class": (lac, True),
}
"""By name: the score, and whether each class has a threshold of its own."""

SHOWN = "lac"
"""The method that a reading speaks by: of all that keep the promise its sets are the smallest."""

CERTAINTY = 0.99
"""The level that a reading speaks by."""


def level_name(level: float) -> str:
    """As cards and JSON have it: "99" for 0.99."""
    return f"{100 * level:g}"


def threshold(scores: npt.ArrayLike, level: float) -> float:
    """The ceil((n + 1) level)-th smallest of n scores of true classes; infinity where n is too small for that.

    ValueError where the level is not between 0 and 1.
    """
    if not 0 < level < 1:
        raise ValueError(f"a level is between 0 and 1, got {level}")
    ordered = np.sort(np.asarray(scores, dtype=np.float64))
    # Rounded first: (99 + 1) * 0.99 is 99, and not a hair above it.
    place = ceil(round((len(ordered) + 1) * level, 9))
    return float(ordered[place - 1]) if place <= len(ordered) else float("inf")


def thresholds(probabilities: npt.ArrayLike, labels: npt.ArrayLike, method: str, level: float) -> tuple[float, ...]:
    """One threshold, (1,), or of a method by class one a class, (K,).

    probabilities: (N, K) of validation cells; labels: (N,) class numbers. Infinity: the class is in every set,
    for it has too few validation cells to promise anything else. KeyError for an unknown method.
    """
    p, truth = checked_probabilities(probabilities, labels)
    score, by_class = METHODS[method]
    true_scores = score(p)[np.arange(len(p)), truth]
    if by_class:
        return tuple(threshold(true_scores[truth == number], level) for number in range(p.shape[1]))
    return (threshold(true_scores, level),)


def members(probabilities: npt.ArrayLike, method: str, limits: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Which classes each set holds, (N, K). limits: (1,) or (K,), as `thresholds` gives them."""
    p = np.asarray(probabilities, dtype=np.float64)
    score, _ = METHODS[method]
    return np.asarray(score(p) <= np.asarray(limits, dtype=np.float64) + TOLERANCE)


@dataclass(frozen=True)
class Coverage:
    """Sets of n cells against the truth: how often they hold it, and how many classes they hold.

    held: with Wilson's interval. size: mean, with a bootstrap interval. empty, single: shares of sets. by_class:
    the share of each class's cells whose set holds it, (K,).
    """

    held: Rate
    size: Interval
    empty: Rate
    single: Rate
    by_class: tuple[Rate, ...]
    sizes: tuple[float, ...]
    """The mean size of the sets of each class's cells; NaN where it has none."""


def coverage(inside: npt.ArrayLike, labels: npt.ArrayLike) -> Coverage:
    """inside: (N, K) as `members` gives it; labels: (N,) class numbers. ValueError without cells."""
    sets, truth = np.asarray(inside, dtype=bool), np.asarray(labels)
    if not len(sets):
        raise ValueError("coverage needs cells")
    size = sets.sum(axis=1)
    right = sets[np.arange(len(sets)), truth]
    rows_of = [truth == number for number in range(sets.shape[1])]
    return Coverage(
        held=wilson(int(right.sum()), len(sets)),
        size=bootstrap(lambda drawn: float(drawn.mean()), size),
        empty=wilson(int((size == 0).sum()), len(sets)),
        single=wilson(int((size == 1).sum()), len(sets)),
        by_class=tuple(wilson(int(right[rows].sum()), int(rows.sum())) for rows in rows_of),
        sizes=tuple(float(size[rows].mean()) if rows.any() else float("nan") for rows in rows_of),
    )


def coverages(
    fitted: Mapping[str, Mapping[str, tuple[float | None, ...]]], probabilities: Floats, labels: npt.ArrayLike
) -> dict[tuple[str, str], Coverage]:
    """Coverage of (N, K) probabilities by method and level. fitted: thresholds as a card keeps them (`fit_sets`)."""
    return {
        (method, level): coverage(members(probabilities, method, read_limits(limits)), labels)
        for method, levels in fitted.items()
        for level, limits in levels.items()
    }


def fit_sets(probabilities: npt.ArrayLike, labels: npt.ArrayLike) -> dict[str, dict[str, tuple[float | None, ...]]]:
    """Method -> level ("90") -> thresholds, as a card has them: None in place of infinity."""
    return {
        method: {
            level_name(level): tuple(
                round(limit, 9) if np.isfinite(limit) else None
                for limit in thresholds(probabilities, labels, method, level)
            )
            for level in LEVELS
        }
        for method in METHODS
    }


def read_limits(stored: tuple[float | None, ...]) -> Floats:
    """The inverse of how `fit_sets` stores thresholds: infinity for None."""
    return np.array([np.inf if limit is None else limit for limit in stored], dtype=np.float64)


def sets_of(
    probabilities: npt.ArrayLike,
    thresholds: Mapping[str, Mapping[str, tuple[float | None, ...]]],
    classes: tuple[str, ...],
) -> list[dict[str, dict[str, tuple[str, ...]]]]:
    """For each cell: method -> level -> keys of the classes in its set, the likeliest first.

    thresholds: as `fit_sets` gives them.
    """
    p = np.asarray(probabilities, dtype=np.float64)
    order = np.argsort(-p, axis=1, kind="stable")
    sets: list[dict[str, dict[str, tuple[str, ...]]]] = [{method: {} for method in thresholds} for _ in p]
    for method, levels in thresholds.items():
        for level, limits in levels.items():
            inside = members(p, method, read_limits(limits))
            for row, held in enumerate(inside):
                sets[row][method][level] = tuple(classes[number] for number in order[row] if held[number])
    return sets


def _ranked(probabilities: Floats) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """The classes of each cell, the likeliest first, and the place of each class from 0; both (N, K)."""
    order = np.argsort(-probabilities, axis=1, kind="stable")
    return order, np.argsort(order, axis=1, kind="stable")
