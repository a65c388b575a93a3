"""The bootstrap: how far a figure would move if other images of the same kind had been met.

Drawn are images or, where they share a photo, slide or video, whole groups of them: cells of one photo are alike, so
drawing them singly would promise too much. All draws begin from one seed, so that a figure is the same each time.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from core.evaluation.intervals import Interval, percentile_interval

RESAMPLES = 2_000
SEED = 0

Counts = npt.NDArray[np.int64]

_AT_ONCE = 200
"""Samples of groups that are drawn in one go, so that many groups do not fill the memory."""


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

    def of_units(units: npt.NDArray[np.intp]) -> float:
        rows = np.concatenate([members[unit] for unit in units]) if groups is not None else units
        return float(statistic(*(array[rows] for array in arrays)))

    drawn = stats.bootstrap(
        (np.arange(len(members)),),
        of_units,
        vectorized=False,
        n_resamples=n_resamples,
        method="percentile",
        rng=np.random.default_rng(seed),
    )
    return percentile_interval(value, drawn.bootstrap_distribution, confidence)


def bootstrap_two(
    statistic: Callable[[npt.NDArray[np.float64], npt.NDArray[np.float64]], float],
    first: npt.NDArray[np.float64],
    second: npt.NDArray[np.float64],
    *,
    n_resamples: int,
    seed: int = SEED,
) -> Interval:
    """Percentile bootstrap of statistic(first, second), two samples (N,) and (M,) that are drawn each for itself."""
    rng = np.random.default_rng(seed)
    drawn = [statistic(rng.choice(first, len(first)), rng.choice(second, len(second))) for _ in range(n_resamples)]
    return percentile_interval(statistic(first, second), np.array(drawn))


def resampled_counts(
    categories: npt.ArrayLike,
    k: int,
    groups: npt.ArrayLike | None = None,
    *,
    n_resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Counts:
    """Counts of each category in bootstrap samples of images or, with groups, of whole groups: (n_resamples, k).

    categories: (N,) whole numbers in 0..k-1, the category of each image; groups: (N,) names of what images share.
    For a figure that depends on images only through how many there are of each. Drawing N images with replacement and
    counting them is, exactly, one multinomial draw of N with their shares, so that images need not be touched.
    """
    numbers = np.asarray(categories, dtype=np.intp)
    rng = np.random.default_rng(seed)
    if groups is None:
        counts = np.bincount(numbers, minlength=k)
        return rng.multinomial(len(numbers), counts / max(len(numbers), 1), size=n_resamples).astype(np.int64)
    names, unit = np.unique(np.asarray(groups), return_inverse=True)
    from scipy import sparse  # as above

    # Sparse: a unit holds few of the categories, and whole numbers have no fast product.
    members = sparse.csr_array((np.ones(len(unit), np.int64), (numbers, unit)), shape=(k, len(names)))
    steps = [min(_AT_ONCE, n_resamples - done) for done in range(0, n_resamples, _AT_ONCE)]
    return np.concatenate([(members @ unit_weights(len(names), step, rng).T).T for step in steps])


def resampled_confusions(confusion: Counts, *, n_resamples: int = RESAMPLES, seed: int = SEED) -> Counts:
    """Confusion matrices of bootstrap samples of the images: (K, K) counts -> (n_resamples, K, K)."""
    cells = confusion.ravel()
    drawn = np.random.default_rng(seed).multinomial(cells.sum(), cells / cells.sum(), size=n_resamples)
    return drawn.reshape(n_resamples, *confusion.shape)


def unit_weights(units: int, n_resamples: int, rng: np.random.Generator) -> Counts:
    """How often each unit is drawn in each sample, (n_resamples, units)."""
    return rng.multinomial(units, np.full(units, 1 / units), size=n_resamples)


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
