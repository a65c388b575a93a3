"""Agreement of two people beyond chance."""

from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist

import numpy as np

from core.evaluation.intervals import Interval, wilson


def cohen_kappa(one: Sequence[str], other: Sequence[str], confidence: float = 0.95) -> Interval:
    """Cohen's kappa of two namings of the same cells, with its interval by the large-sample standard error.

    Where both agree on every cell that error is 0 whatever their number; the lower limit is then that of the observed
    agreement (Wilson) put into kappa. NaN where there are no cells, or one of them names all cells alike: chance would
    agree as well. ValueError where the lengths differ. Sources: Cohen 1960; Fleiss, Cohen and Everitt 1969,
    Psychol Bull 72(5), formula 13.
    """
    if len(one) != len(other):
        raise ValueError(f"{len(one)} and {len(other)} namings are not of the same cells")
    n, classes = len(one), sorted({*one, *other})
    if n == 0 or min(len({*one}), len({*other})) == 1:
        return Interval(float("nan"), float("nan"), float("nan"))
    table = np.zeros((len(classes), len(classes)))
    for a, b in zip(one, other, strict=True):
        table[classes.index(a), classes.index(b)] += 1 / n
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    observed, expected = float(np.trace(table)), float(rows @ columns)
    kappa = (observed - expected) / (1 - expected)
    if np.count_nonzero(table - np.diag(np.diag(table))) == 0:
        low = wilson(n, n, confidence).low
        return Interval(1.0, (low - expected) / (1 - expected), 1.0)
    half = NormalDist().inv_cdf((1 + confidence) / 2) * _standard_error(table, kappa) / sqrt(n)
    return Interval(kappa, max(-1.0, kappa - half), min(1.0, kappa + half))


def _standard_error(table: np.ndarray, kappa: float) -> float:
    """Of kappa, times the root of n. table: (K, K) shares of all cells."""
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    diagonal, expected = np.diag(table), float(rows @ columns)
    on = float((diagonal * (1 - (rows + columns) * (1 - kappa)) ** 2).sum())
    sums = columns[:, None] + rows[None, :]
    off = float(((table - np.diag(diagonal)) * sums**2).sum()) * (1 - kappa) ** 2
    rest = (kappa - expected * (1 - kappa)) ** 2
    return sqrt(max(0.0, on + off - rest)) / (1 - expected)
