"""Figures of merit: count once into a confusion matrix, then take ratios of its counts.

Every function of a confusion matrix takes (..., K, K) counts, rows true, columns predicted, so that
one matrix and a stack of resampled ones go the same way. NaN means undefined (0 / 0), never zero.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


def confusion(true_idx: npt.ArrayLike, pred_idx: npt.ArrayLike, k: int) -> Counts:
    """Counts of (true class, predicted class) pairs.

    true_idx, pred_idx: (N,) whole numbers in 0..k-1. Returns (k, k) int64, rows true, columns predicted.
    ValueError if lengths differ or a number is outside.
    """
    true, predicted = _class_numbers(true_idx, k), _class_numbers(pred_idx, k)
    if len(true) != len(predicted):
        raise ValueError(f"{len(true)} true classes but {len(predicted)} predicted ones")
    return np.bincount(true * k + predicted, minlength=k * k).reshape(k, k).astype(np.int64)


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


def outcomes(confusion: npt.ArrayLike) -> Outcomes:
    """True and false positives and negatives of every class, from (..., K, K) counts."""
    counts = _square(confusion)
    tp = np.einsum("...ii->...i", counts)
    fn = counts.sum(axis=-1) - tp
    fp = counts.sum(axis=-2) - tp
    tn = counts.sum(axis=(-2, -1))[..., None] - tp - fn - fp
    return Outcomes(tp=tp, fp=fp, fn=fn, tn=tn)


def sensitivity(confusion: npt.ArrayLike) -> Floats:
    """Share of each class's cells called so (recall), TP / (TP + FN): (..., K), NaN for an absent class."""
    o = outcomes(confusion)
    return _ratio(o.tp, o.tp + o.fn)


def specificity(confusion: npt.ArrayLike) -> Floats:
    """Share of all other cells not called the class, TN / (TN + FP): (..., K), NaN without other cells."""
    o = outcomes(confusion)
    return _ratio(o.tn, o.tn + o.fp)


def precision(confusion: npt.ArrayLike) -> Floats:
    """Share of cells called a class that are of it, TP / (TP + FP): (..., K), NaN if none is called so."""
    o = outcomes(confusion)
    return _ratio(o.tp, o.tp + o.fp)


def f1(confusion: npt.ArrayLike) -> Floats:
    """Harmonic mean of precision and sensitivity, 2 TP / (2 TP + FP + FN): (..., K).

    NaN only where a class neither occurs nor is ever called. Source: van Rijsbergen 1979, chapter 7.
    """
    o = outcomes(confusion)
    return _ratio(2 * o.tp, 2 * o.tp + o.fp + o.fn)


def accuracy(confusion: npt.ArrayLike) -> Floats:
    """Share of all cells called rightly, trace / sum: (...), NaN without cells. Equals micro-averaged F1."""
    counts = _square(confusion)
    return _ratio(np.einsum("...ii->...", counts), counts.sum(axis=(-2, -1)))


def balanced_accuracy(confusion: npt.ArrayLike) -> Floats:
    """Mean sensitivity of the classes that occur, each class counted alike: (...), NaN without cells.

    Source: Brodersen et al. 2010, ICPR; not adjusted for chance.
    """
    return _mean_over_occurring(sensitivity(confusion), _square(confusion))


@dataclass(frozen=True)
class Macro:
    """Averages over the classes that occur, each class counted alike; NaN where undefined."""

    precision: float
    recall: float
    specificity: float
    f1: float


def macro(confusion: npt.ArrayLike) -> Macro:
    """Macro averages of one (K, K) confusion matrix over the classes that have at least one cell.

    A class that occurs but is never called counts with precision 0, as in scikit-learn: leaving it out
    would reward a model for never naming a difficult class.
    """
    counts = _square(confusion)
    if counts.ndim != 2:
        raise ValueError(f"macro averages are of one (K, K) confusion matrix, got shape {counts.shape}")
    return Macro(
        precision=float(_mean_over_occurring(np.nan_to_num(precision(counts), nan=0.0), counts)),
        recall=float(_mean_over_occurring(sensitivity(counts), counts)),
        specificity=float(_mean_over_occurring(specificity(counts), counts)),
        f1=float(_mean_over_occurring(f1(counts), counts)),
    )


def one_versus_rest_auc(probabilities: npt.ArrayLike, labels: npt.ArrayLike) -> Floats:
    """Area under each class's ROC curve: the chance that a cell of the class gets a higher probability
    for it than a cell of another class, ties counted half.

    probabilities: (N, K); labels: (N,) class numbers. Returns (K,), NaN where the class or its
    opposite does not occur. Source: Hanley & McNeil 1982, Radiology 143(1); computed by scikit-learn.
    """
    from sklearn.metrics import roc_auc_score  # seconds to import on a small machine, and wanted only here

    p, truth = numbered_answers(probabilities, labels)
    areas = np.full(p.shape[1], np.nan)
    for number in range(p.shape[1]):
        positive = truth == number
        if positive.any() and not positive.all():
            areas[number] = roc_auc_score(positive, p[:, number])
    return areas


def ece(probabilities: npt.ArrayLike, labels: npt.ArrayLike, bins: int = 15) -> float:
    """Expected calibration error: how far confidence and share of right answers lie apart, on average.

    sum over bins of (n_b / N) |right answers in b / n_b - mean confidence in b|, where confidence is the
    largest probability and bins hold (nearly) equally many images. Images of equal confidence always
    share a bin, so that the order of images cannot change the figure.
    probabilities: (N, K); labels: (N,) class numbers. In 0..1, NaN without images.
    Sources: Naeini et al. 2015, AAAI; equal-mass bins: Nixon et al. 2019, CVPR workshops.
    """
    if bins < 1:
        raise ValueError(f"calibration needs at least one bin, got {bins}")
    p, truth = numbered_answers(probabilities, labels)
    if not len(p):
        return float("nan")
    confidence = p.max(axis=1)
    right = p.argmax(axis=1) == truth
    surplus = np.bincount(equal_mass(confidence, bins), weights=confidence - right, minlength=bins)
    return float(np.abs(surplus).sum() / len(p))


def equal_mass(confidence: Floats, bins: int) -> npt.NDArray[np.intp]:
    """The bin of each image, (N,) in 0..bins-1, the least confident first: (nearly) equally many in each.

    confidence: (N,). Images of equal confidence share a bin. ValueError without bins.
    """
    if bins < 1:
        raise ValueError(f"calibration needs at least one bin, got {bins}")
    _, tie, size = np.unique(confidence, return_inverse=True, return_counts=True)
    middle = np.cumsum(size) - size / 2  # where the middle image of each group of ties stands among all
    return (middle[tie] * bins / max(len(confidence), 1)).astype(np.intp)


def brier(probabilities: npt.ArrayLike, labels: npt.ArrayLike) -> float:
    """Mean squared distance between probabilities and truth, summed over classes: 0 (perfect) to 2.

    mean over images of sum_k (p_k - [k is the true class])^2. probabilities: (N, K); labels: (N,)
    class numbers. NaN without images. Source: Brier 1950, Monthly Weather Review 78(1), original form.
    """
    p, truth = numbered_answers(probabilities, labels)
    if not len(p):
        return float("nan")
    return float(((p - np.eye(p.shape[1])[truth]) ** 2).sum(axis=1).mean())


def negative_log_likelihood(probabilities: npt.ArrayLike, labels: npt.ArrayLike) -> float:
    """Mean of -ln(probability given to the true class), in nats; 0 is perfect. NaN without images.

    probabilities: (N, K); labels: (N,) class numbers. Probabilities below 2.2e-16 count as that much,
    as in scikit-learn, so that one answer cannot make the figure infinite.
    """
    p, truth = numbered_answers(probabilities, labels)
    if not len(p):
        return float("nan")
    of_true = p[np.arange(len(p)), truth]
    return float(-np.log(np.clip(of_true, np.finfo(np.float64).eps, 1.0)).mean())


def tempered(probabilities: npt.ArrayLike, temperature: float) -> Floats:
    """softmax(log p / temperature), (N, K) float64: above 1 it flattens, below 1 it sharpens.

    Source: Guo et al., ICML 2017, arXiv:1706.04599.
    """
    return softmax(logarithms(probabilities) / temperature)


def logarithms(probabilities: npt.ArrayLike) -> Floats:
    """ln p, (N, K) float64; what is below 1e-30 counts as that much."""
    return np.asarray(np.log(np.clip(np.asarray(probabilities, dtype=np.float64), 1e-30, None)))


def softmax(logits: Floats) -> Floats:
    """(N, K) -> probabilities (N, K), rows of which add up to 1."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _ratio(part: npt.NDArray[Any], whole: npt.NDArray[Any]) -> Floats:
    ratio = np.full(np.shape(whole), np.nan)
    np.divide(part, whole, out=ratio, where=np.asarray(whole) > 0)
    return ratio


def _mean_over_occurring(per_class: Floats, counts: Counts) -> Floats:
    """(..., K) figures -> (...) mean over classes with at least one true cell."""
    occurs = counts.sum(axis=-1) > 0
    return _ratio(np.where(occurs, per_class, 0.0).sum(axis=-1), occurs.sum(axis=-1))


def _square(confusion: npt.ArrayLike) -> Counts:
    counts = np.asarray(confusion)
    if counts.ndim < 2 or counts.shape[-1] != counts.shape[-2]:
        raise ValueError(f"a confusion matrix must be (..., K, K), got shape {counts.shape}")
    return counts


def _class_numbers(values: npt.ArrayLike, k: int) -> npt.NDArray[np.intp]:
    numbers = np.asarray(values)
    if numbers.ndim != 1:
        raise ValueError(f"class numbers must be (N,), got shape {numbers.shape}")
    if numbers.size and (numbers.dtype.kind not in "iu" or numbers.min() < 0 or numbers.max() >= k):
        raise ValueError(f"class numbers must be whole and in 0..{k - 1}, got {np.unique(numbers)[:10]}")
    return numbers.astype(np.intp)


def numbered_answers(probabilities: npt.ArrayLike, labels: npt.ArrayLike) -> tuple[Floats, npt.NDArray[np.intp]]:
    """Probabilities (N, K) and class numbers (N,) as arrays; ValueError where they do not fit each other."""
    p = np.asarray(probabilities, dtype=np.float64)
    if p.ndim != 2:
        raise ValueError(f"probabilities must be (N, K), got shape {p.shape}")
    truth = _class_numbers(labels, p.shape[1])
    if len(truth) != len(p):
        raise ValueError(f"{len(p)} rows of probabilities but {len(truth)} labels")
    return p, truth
