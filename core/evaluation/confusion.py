"""Confusion matrices: count once, then take ratios of the counts.

Every function of a confusion matrix takes (..., K, K) counts, rows true, columns predicted, so that one matrix and a
stack of resampled ones go the same way. NaN means undefined (0 / 0), never zero.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.evaluation.probabilities import class_numbers

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


def confusion_matrix(labels: npt.ArrayLike, predicted: npt.ArrayLike, k: int) -> Counts:
    """Counts of (true class, predicted class) pairs.

    labels, predicted: (N,) whole numbers in 0..k-1. Returns (k, k) int64, rows true, columns predicted.
    ValueError if lengths differ or a number is outside.
    """
    true, called = class_numbers(labels, k), class_numbers(predicted, k)
    if len(true) != len(called):
        raise ValueError(f"{len(true)} true classes but {len(called)} predicted ones")
    return np.bincount(true * k + called, minlength=k * k).reshape(k, k).astype(np.int64)


@dataclass(frozen=True)
class Outcomes:
    """Each class against all others, (..., K) counts.

    tp: of the class and called so; fp: of another class but called so; fn: of the class but called
    otherwise; tn: neither of the class nor called so.
    """

    tp: Counts
    fp: Counts
    fn: Counts
    tn: Counts

    def of_class(self, number: int) -> "Outcomes":
        """The counts of one class, (...)."""
        return Outcomes(*(count[..., number] for count in (self.tp, self.fp, self.fn, self.tn)))


def outcomes(confusion: npt.ArrayLike) -> Outcomes:
    """True and false positives and negatives of every class, from (..., K, K) counts."""
    counts = square(confusion)
    tp = np.einsum("...ii->...i", counts)
    fn = counts.sum(axis=-1) - tp
    fp = counts.sum(axis=-2) - tp
    tn = counts.sum(axis=(-2, -1))[..., None] - tp - fn - fp
    return Outcomes(tp=tp, fp=fp, fn=fn, tn=tn)


def ratio(part: npt.NDArray[Any], whole: npt.NDArray[Any]) -> Floats:
    """part / whole, NaN where the whole is not above 0."""
    quotient = np.full(np.shape(whole), np.nan)
    np.divide(part, whole, out=quotient, where=np.asarray(whole) > 0)
    return quotient


def macro_mean(per_class: Floats, confusion: npt.ArrayLike) -> Floats:
    """(..., K) figures -> (...) mean over the classes with at least one true cell, each counted alike."""
    occurs = square(confusion).sum(axis=-1) > 0
    return ratio(np.where(occurs, per_class, 0.0).sum(axis=-1), occurs.sum(axis=-1))


def square(confusion: npt.ArrayLike) -> Counts:
    """As an array; ValueError where it is no (..., K, K)."""
    counts = np.asarray(confusion)
    if counts.ndim < 2 or counts.shape[-1] != counts.shape[-2]:
        raise ValueError(f"a confusion matrix must be (..., K, K), got shape {counts.shape}")
    return counts
