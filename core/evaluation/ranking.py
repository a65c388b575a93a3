"""How well a class's probability ranks cells: the areas under its ROC and precision-recall curves.

Cells that no cut can separate are counted together before samples are drawn, which changes no figure and makes
thousands of samples cheap. An area of exactly 1 has no interval: no sample can fall below it, so the bootstrap is blind
there.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from core.evaluation.bootstrap import resampled_counts
from core.evaluation.confusion import ratio
from core.evaluation.intervals import Interval, percentile_interval

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Blocks = npt.NDArray[Any]
"""(..., S, 2) counts at S cuts from the lowest score up: cells of other classes, cells of the class."""


def blocks_of(scores: Floats, positive: Flags) -> tuple[npt.NDArray[np.intp], Blocks]:
    """Cells of equal score counted together: number of each cell's block (N,), and the blocks (S, 2)."""
    distinct, block = np.unique(scores, return_inverse=True)
    counts = np.bincount(block * 2 + positive, minlength=2 * len(distinct)).reshape(-1, 2)
    return block, counts


def weighted_blocks(scores: Floats, positive: Flags, weights: npt.NDArray[np.int64]) -> Blocks:
    """The blocks (B, S, 2) of B samples in which cell n is weights[b, n] times."""
    _, rank = np.unique(scores, return_inverse=True)
    order = np.argsort(rank, kind="stable")
    edges = np.flatnonzero(np.diff(rank[order], prepend=-1))
    return np.stack(
        [np.add.reduceat((weights * chosen)[:, order], edges, axis=1) for chosen in (~positive, positive)], axis=-1
    )


def roc_area(blocks: Blocks) -> Floats:
    """Area under ROC of (..., S, 2) blocks: the chance that a cell of the class lies above another, ties half: (...).

    NaN where the class or its opposite is absent. Source: Hanley & McNeil 1982, Radiology 143(1).
    """
    others, of_class = blocks[..., 0], blocks[..., 1]
    below = np.cumsum(others, axis=-1) - others / 2
    return ratio((of_class * below).sum(axis=-1), of_class.sum(axis=-1) * others.sum(axis=-1))


def average_precision(blocks: Blocks) -> Floats:
    """Average precision of (B, S, 2) blocks: precision at each cut, weighed by the sensitivity it adds: (B,).

    NaN where the class or its opposite is absent: without cells of other classes there is nothing to tell apart.
    """
    called = np.cumsum(blocks[:, ::-1], axis=1)
    of_class = blocks[:, ::-1, 1]
    precision = called[..., 1] / np.maximum(called.sum(axis=-1), 1)
    mean = ratio((of_class * precision).sum(axis=-1), of_class.sum(axis=-1))
    return np.where(blocks[..., 0].sum(axis=-1) > 0, mean, np.nan)


def area_between(higher: Floats, lower: Floats) -> float:
    """The chance that a score of the first sample (N,) lies above one of the second (M,), ties half."""
    positive = np.arange(len(higher) + len(lower)) < len(higher)
    return float(roc_area(blocks_of(np.concatenate([higher, lower]), positive)[1]))


def area_interval(scores: Floats, positive: Flags, groups: npt.NDArray[np.str_] | None = None) -> Interval:
    """Area under ROC with its bootstrap interval, by group where the cells (N,) have groups."""
    return _interval(roc_area, scores, positive, groups)


def precision_interval(scores: Floats, positive: Flags, groups: npt.NDArray[np.str_] | None = None) -> Interval:
    """Average precision with its bootstrap interval, by group where the cells (N,) have groups."""
    return _interval(average_precision, scores, positive, groups)


def _interval(
    statistic: Callable[[Blocks], Floats], scores: Floats, positive: Flags, groups: npt.NDArray[np.str_] | None
) -> Interval:
    block, counts = blocks_of(scores, positive)
    value = float(statistic(counts[None])[0])
    if np.isnan(value) or value == 1:
        return Interval(value, np.nan, np.nan)
    merged = _merged(counts, joins_positives=statistic is roc_area)
    size = int(merged[-1]) + 1
    drawn = resampled_counts(merged[block] * 2 + positive, 2 * size, groups).reshape(-1, size, 2)
    return percentile_interval(value, statistic(drawn))


def _merged(blocks: Blocks, *, joins_positives: bool) -> npt.NDArray[np.intp]:
    """Numbers for the S blocks, from low to high, the same for neighbours that no figure separates: (S,).

    None separates neighbours of cells of other classes only; neighbours of cells of the class only are not separated
    by the ROC curve, nor by precision where nothing of another class lies above them.
    """
    others, of_class = blocks[:, 0] > 0, blocks[:, 1] > 0
    clear = np.cumsum(blocks[::-1, 0])[::-1] == 0
    pure = np.where(others & ~of_class, 1, np.where(of_class & ~others & (joins_positives | clear), 2, 0))
    begins = np.ones(len(blocks), dtype=bool)
    begins[1:] = (pure[1:] != pure[:-1]) | (pure[1:] == 0)
    return np.cumsum(begins) - 1
