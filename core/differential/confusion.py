"""A classifier's own confusion, and what a count becomes when it is allowed for.

The correction asks which true shares would make the classifier's predictions likeliest. It holds for photos like those
on which the confusion was measured: the mistakes that a model makes in another laboratory are others, and more.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.evaluation.bootstrap import SEED
from core.evaluation.intervals import Interval, percentile_interval
from core.evaluation.results.predictions import Predictions

Floats = npt.NDArray[np.float64]

DRAWS = 1_000
_STEPS = 500
_STILL = 1e-6


@dataclass(frozen=True, eq=False)
class Confusion:
    """How often cells of each class were called what, among validation cells that the model answered.

    classes: (K,) keys. counts: (K, K) whole numbers, true class by row, answer by column.
    """

    classes: tuple[str, ...]
    counts: npt.NDArray[np.int64]

    def __post_init__(self) -> None:
        k = len(self.classes)
        if self.counts.shape != (k, k) or (self.counts < 0).any():
            raise ValueError(f"a confusion of {k} classes needs {k} × {k} counts, got {self.counts.shape}")

    @classmethod
    def of(cls, predictions: Predictions) -> "Confusion":
        """From a table of predictions, without the pictures that the model calls unlike: those are not counted."""
        classes = predictions.classes
        distance = predictions.table["distance"].to_numpy(dtype=np.float64)
        inliers = ~(distance > 1)
        counts = np.zeros((len(classes), len(classes)), dtype=np.int64)
        np.add.at(counts, (predictions.labels[inliers], predictions.predicted[inliers]), 1)
        return cls(classes, counts)

    def with_class(self, key: str) -> "Confusion":
        """With one class more, of which the model knows nothing."""
        return Confusion((*self.classes, key), np.pad(self.counts, (0, 1)))

    @property
    def n(self) -> int:
        return int(self.counts.sum())

    @property
    def rates(self) -> Floats:
        """(K, K) share of each true class that is called what; a class without cells is taken to be called right."""
        rows = self.counts.sum(axis=1, keepdims=True)
        return np.where(rows > 0, self.counts / np.maximum(rows, 1), np.eye(len(self.classes)))

    def drawn(self, rng: np.random.Generator, draws: int) -> Floats:
        """(draws, K, K): rates as they could have been with other validation cells.

        The Bayesian bootstrap (Rubin 1981, Ann Stat 9(1)), with one more cell a row spread over all answers, so
        that a mistake which was never seen is not held to be impossible.
        """
        k = len(self.classes)
        weights = rng.standard_gamma(self.counts + 1 / k, size=(draws, k, k))
        measured = self.counts.sum(axis=1)[:, None] > 0
        return np.where(measured, weights / weights.sum(axis=2, keepdims=True), np.eye(k))


def true_shares(predicted: Floats, rates: Floats) -> Floats:
    """The shares of the true classes under which the predictions are likeliest, never below 0.

    predicted: (..., K) shares of the predictions, adding up to 1. rates: (..., K, K) as in Confusion. Returns (..., K).
    The expectation-maximization of a mixture whose parts are known; inverting the matrix instead gives shares
    below 0. Source: Shepp & Vardi 1982, IEEE Trans Med Imaging 1(2):113-122.
    """
    shares = np.full_like(predicted, 1 / predicted.shape[-1])
    for _ in range(_STEPS):
        expected = np.einsum("...i,...ij->...j", shares, rates)
        ratio = np.divide(predicted, expected, out=np.zeros_like(predicted), where=expected > 0)
        better = shares * np.einsum("...ij,...j->...i", rates, ratio)
        total = better.sum(axis=-1, keepdims=True)
        better = np.divide(better, total, out=shares.copy(), where=total > 0)
        moved = float(np.abs(better - shares).max(initial=0.0))
        shares = better
        if moved < _STILL:
            break
    return shares


def corrected(
    confusion: Confusion,
    by_model: Sequence[int],
    by_person: Sequence[int],
    *,
    target: int,
    among: Sequence[int],
    seed: int = SEED,
) -> Interval:
    """The share of class `target` among the classes `among`, allowing for the classifier's confusion.

    by_model: (K,) cells that the classifier named; by_person: (K,) cells that a person named, taken as they are.
    The interval holds what chance does to both: which cells were met, and how the confusion was measured. It
    draws the predictions as Clopper and Pearson's limits imply, so that of a classifier without mistakes it is their
    interval. NaN where no cell of `among` was met.
    """
    model, person = np.asarray(by_model, dtype=np.float64), np.asarray(by_person, dtype=np.float64)
    places = list(among)
    if target not in places:
        raise ValueError("the class is not among those of which it is to be a share")
    if (model + person)[places].sum() == 0:
        return Interval(float("nan"), float("nan"), float("nan"))
    value = _share(model[None], person[None], confusion.rates[None], target, places)[0]
    if len(places) == 1:
        return Interval(1.0, 1.0, 1.0)
    rng = np.random.default_rng(seed)
    ends = []
    for one_more in (_of_the_others(model + person, target, places), _of_the_class(len(person), target)):
        predictions = rng.standard_gamma(model, size=(DRAWS, len(model)))
        named = rng.standard_gamma(person + one_more, size=(DRAWS, len(person)))
        ends.append(_share(predictions, named, confusion.drawn(rng, DRAWS), target, places))
    low = percentile_interval(value, ends[0]).low
    high = percentile_interval(value, ends[1]).high
    return Interval(float(value), min(low, float(value)), max(high, float(value)))


def _share(model: Floats, person: Floats, rates: Floats, target: int, places: list[int]) -> Floats:
    """(B,) share of the target; model and person: (B, K) cells or weights, rates (B, K, K)."""
    total = model.sum(axis=1, keepdims=True)
    predicted = np.divide(model, total, out=np.zeros_like(model), where=total > 0)
    cells = person + total * np.where(total > 0, true_shares(predicted, rates), 0.0)
    whole = cells[:, places].sum(axis=1)
    return np.divide(cells[:, target], whole, out=np.full(len(cells), np.nan), where=whole > 0)


def _of_the_class(k: int, target: int) -> Floats:
    """(K,) one more cell of the class, as the upper exact limit supposes."""
    return np.eye(k)[target]


def _of_the_others(cells: Floats, target: int, places: list[int]) -> Floats:
    """(K,) one more cell of the others, spread as they are, as the lower exact limit supposes."""
    more: Floats = np.zeros_like(cells)
    others = [place for place in places if place != target]
    counts = cells[others]
    more[others] = counts / counts.sum() if counts.sum() > 0 else 1 / len(others)
    return more
