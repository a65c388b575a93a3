"""Probabilities (N, K) as arrays: checked against their labels, and from and to logits."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def class_numbers(values: npt.ArrayLike, k: int) -> npt.NDArray[np.intp]:
    """(N,) whole numbers in 0..k-1; ValueError where they are none."""
    numbers = np.asarray(values)
    if numbers.ndim != 1:
        raise ValueError(f"class numbers must be (N,), got shape {numbers.shape}")
    if numbers.size and (numbers.dtype.kind not in "iu" or numbers.min() < 0 or numbers.max() >= k):
        raise ValueError(f"class numbers must be whole and in 0..{k - 1}, got {np.unique(numbers)[:10]}")
    return numbers.astype(np.intp)


def checked_probabilities(probabilities: npt.ArrayLike, labels: npt.ArrayLike) -> tuple[Floats, npt.NDArray[np.intp]]:
    """Probabilities (N, K) and class numbers (N,) as arrays; ValueError where they do not fit each other."""
    p = np.asarray(probabilities, dtype=np.float64)
    if p.ndim != 2:
        raise ValueError(f"probabilities must be (N, K), got shape {p.shape}")
    truth = class_numbers(labels, p.shape[1])
    if len(truth) != len(p):
        raise ValueError(f"{len(p)} rows of probabilities but {len(truth)} labels")
    return p, truth


def temperature_scaled(probabilities: npt.ArrayLike, temperature: float) -> Floats:
    """softmax(log p / temperature), (N, K) float64: above 1 it flattens, below 1 it sharpens.

    Source: Guo et al., ICML 2017, arXiv:1706.04599.
    """
    return softmax(log_probabilities(probabilities) / temperature)


def log_probabilities(probabilities: npt.ArrayLike) -> Floats:
    """ln p, (N, K) float64; what is below 1e-30 counts as that much."""
    return np.asarray(np.log(np.clip(np.asarray(probabilities, dtype=np.float64), 1e-30, None)))


def softmax(logits: Floats) -> Floats:
    """(N, K) -> probabilities (N, K), rows of which add up to 1."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
