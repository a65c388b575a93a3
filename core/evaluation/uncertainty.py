"""How uncertain a prediction is: by the probabilities of one model, and by how several models disagree.

All functions take calibrated probabilities, rows of which add up to 1, and give one figure an image.
"""

from typing import Literal

import numpy as np
import numpy.typing as npt

from core.evaluation.probabilities import Floats

Verdict = Literal["answer", "unsure", "unlike"]


def entropy(probabilities: npt.ArrayLike) -> Floats:
    """Shannon entropy of each row as a share of the most there can be: 0 one class is certain, 1 all are alike.

    probabilities: (..., K) with K >= 2. Returns (...).
    """
    p = _checked(probabilities)
    return np.clip(_bits(p) / np.log2(p.shape[-1]), 0.0, 1.0)


def margin(probabilities: npt.ArrayLike) -> Floats:
    """How far the likeliest class is ahead of the second: (..., K) -> (...), from 0 to 1."""
    ordered = np.sort(_checked(probabilities), axis=-1)
    return np.asarray(ordered[..., -1] - ordered[..., -2])


def strongest_rival(probabilities: npt.ArrayLike, labels: npt.ArrayLike) -> Floats:
    """The highest probability of a class that is not the true one.

    Of a wrong answer it is the confidence in it; of a right one, how near the model came to another class.
    probabilities: (N, K); labels: (N,) class numbers. Returns (N,).
    """
    p, truth = _checked(probabilities), np.asarray(labels)
    if p.ndim != 2 or truth.shape != p.shape[:1]:
        raise ValueError(f"labels of shape {truth.shape} do not fit probabilities of shape {p.shape}")
    others = p.copy()
    others[np.arange(len(p)), truth] = -1.0
    return np.asarray(others.max(axis=1))


def disagreement(probabilities: npt.ArrayLike) -> Floats:
    """How far M models lie apart about each image: the Jensen-Shannon divergence of their probabilities.

    That is the entropy of their mean less the mean of their entropies, here as a share of the most that M
    models and K classes can reach. 0: all give the same probabilities; 1: each is certain, and as few agree
    as can be.
    probabilities: (M, N, K), M >= 2. Returns (N,). Source: Lin 1991, IEEE Trans. Inf. Theory 37(1), with
    equal weights.
    """
    p = _checked(probabilities)
    if p.ndim != 3 or len(p) < 2:
        raise ValueError(f"disagreement needs (M, N, K) with two models or more, got shape {p.shape}")
    models, _, classes = p.shape
    divergence = _bits(p.mean(axis=0)) - _bits(p).mean(axis=0)
    return np.clip(divergence / _most_divergent(models, classes), 0.0, 1.0)


def verdict(confidence: float, distance: float, threshold: float | None) -> Verdict:
    """Whether a model answers.

    confidence: its probability of the likeliest class. distance: from its training images, 1 being the limit
    (NaN: not measured). threshold: below this confidence it is unsure; None: it never is.
    """
    if distance > 1:
        return "unlike"
    return "unsure" if threshold is not None and confidence < threshold else "answer"


def _most_divergent(models: int, classes: int) -> float:
    """Bits of the mean where each of M models is certain and they spread over K classes as evenly as can be."""
    each = np.full(classes, models // classes) + (np.arange(classes) < models % classes)
    return float(_bits(each / models))


def _bits(p: Floats) -> Floats:
    """Shannon entropy over the last axis, in bits; 0 log 0 is 0."""
    logs = np.log2(p, out=np.zeros_like(p), where=p > 0)
    return np.asarray(-(p * logs).sum(axis=-1))


def _checked(probabilities: npt.ArrayLike) -> Floats:
    """As float64, rows adding up to 1 exactly; ValueError where they are no probabilities."""
    p = np.asarray(probabilities, dtype=np.float64)
    if p.ndim == 0 or p.shape[-1] < 2:
        raise ValueError(f"probabilities need two classes or more, got shape {p.shape}")
    sums = p.sum(axis=-1, keepdims=True)
    if not ((p >= 0).all() and np.allclose(sums, 1, atol=2e-3)):
        raise ValueError("probabilities have to be 0 or more and add up to 1")
    return np.asarray(p / sums)
