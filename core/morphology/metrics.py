"""How well attributes are told, with intervals: by a head, and by a second person."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.evaluation.bootstrap import resampled_counts, unit_weights
from core.evaluation.confusion import confusion_matrix, macro_mean
from core.evaluation.intervals import Interval, Rate, percentile_interval, wilson
from core.evaluation.metrics.accuracy import accuracy
from core.evaluation.metrics.f1 import f1
from core.evaluation.metrics.sensitivity import balanced_accuracy
from core.morphology.attributes import ATTRIBUTES
from core.morphology.predictions import Told

Numbers = npt.NDArray[np.int8]

PUBLISHED_ACCURACY, PUBLISHED_F1 = 0.9409, 0.9127
"""Mean over the attributes of the authors' ResNet-50 on their test part (Tsutsui et al., NeurIPS 2023)."""


@dataclass(frozen=True)
class AttributeFigures:
    """One attribute over n cells. sure: share of values that were told as sure, and how many of these were right."""

    key: str
    n: int
    accuracy: Rate
    macro_f1: Interval
    balanced_accuracy: Interval
    sure: Rate
    right_when_sure: Rate


@dataclass(frozen=True)
class Figures:
    """All attributes, and the mean over them; the interval of a mean is by cell."""

    attributes: tuple[AttributeFigures, ...]
    n: int
    mean_accuracy: Interval
    mean_f1: Interval
    mean_balanced: Interval

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Agreement:
    """Of one attribute, how often another agrees with the first person: share, and Cohen's kappa (1960)."""

    key: str
    n: int
    agree: Rate
    kappa: Interval


def figures(told: Told, sure_from: npt.ArrayLike | None = None) -> Figures:
    """sure_from: (11,) least probability of a sure value; all values are sure where it is None."""
    said, sure, least = told.said, told.sure, np.zeros(len(ATTRIBUTES)) if sure_from is None else np.asarray(sure_from)
    rows = [
        _one(number, told.values[:, number], said[:, number], sure[:, number] >= least[number])
        for number in range(len(ATTRIBUTES))
    ]
    return Figures(
        tuple(rows),
        len(told),
        *(_mean_over_attributes(told.values, said, figure) for figure in (accuracy, _f1_of, balanced_accuracy)),
    )


def _one(number: int, truth: Numbers, said: Numbers, sure: npt.NDArray[np.bool_]) -> AttributeFigures:
    right = truth == said
    k = len(ATTRIBUTES[number].values)
    counts = resampled_counts(truth.astype(np.intp) * k + said, k * k).reshape(-1, k, k)
    own = confusion_matrix(truth, said, k)
    return AttributeFigures(
        ATTRIBUTES[number].key,
        len(truth),
        wilson(int(right.sum()), len(right)),
        _interval(own, counts, _f1_of),
        _interval(own, counts, balanced_accuracy),
        wilson(int(sure.sum()), len(sure)),
        wilson(int((right & sure).sum()), int(sure.sum())),
    )


def _f1_of(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """(..., K, K) -> (...) mean over the values that occur; one that is never said counts 0."""
    return np.nan_to_num(macro_mean(np.nan_to_num(f1(counts)), counts))


def _interval(
    own: npt.NDArray[np.int64], drawn: npt.NDArray[np.int64], figure: Callable[[Any], npt.NDArray[np.float64]]
) -> Interval:
    return percentile_interval(float(figure(own)), np.asarray(figure(drawn)))


MEAN_RESAMPLES = 1000


def _mean_over_attributes(truth: Numbers, said: Numbers, figure: Callable[[Any], npt.NDArray[np.float64]]) -> Interval:
    """The mean over attributes, cells drawn as wholes: a cell that is hard for one attribute is so for others."""
    n, rng = len(truth), np.random.default_rng(0)
    weights = unit_weights(n, MEAN_RESAMPLES, rng)
    means, value = np.zeros(MEAN_RESAMPLES), 0.0
    for number, attribute in enumerate(ATTRIBUTES):
        k = len(attribute.values)
        place = truth[:, number].astype(np.intp) * k + said[:, number]
        drawn = (weights @ np.eye(k * k, dtype=np.int64)[place]).reshape(-1, k, k)
        means += figure(drawn) / len(ATTRIBUTES)
        value += float(figure(confusion_matrix(truth[:, number], said[:, number], k))) / len(ATTRIBUTES)
    return percentile_interval(value, means)


def agreement(told: Told) -> tuple[tuple[Agreement, ...], tuple[Agreement, ...]]:
    """The second person and the model, each against the first person, on the cells that both people saw.

    Two empty tuples where nobody looked again.
    """
    rows = np.flatnonzero((told.second >= 0).all(axis=1))
    if not len(rows):
        return (), ()
    first = told.values[rows]
    return _against(first, told.second[rows]), _against(first, told.said[rows])


def _against(first: Numbers, other: Numbers) -> tuple[Agreement, ...]:
    found = []
    for number, attribute in enumerate(ATTRIBUTES):
        k = len(attribute.values)
        one, two = first[:, number].astype(np.intp), other[:, number].astype(np.intp)
        drawn = resampled_counts(one * k + two, k * k).reshape(-1, k, k)
        agree = wilson(int((one == two).sum()), len(one))
        found.append(Agreement(attribute.key, len(one), agree, _interval(confusion_matrix(one, two, k), drawn, kappa)))
    return tuple(found)


def kappa(counts: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Cohen's kappa of (..., K, K) counts: agreement beyond chance; NaN where chance alone agrees always.

    Source: Cohen 1960, Educational and Psychological Measurement 20(1).
    """
    table = np.asarray(counts, np.float64)
    total = table.sum(axis=(-2, -1))
    observed = np.einsum("...ii->...", table) / total
    chance = (table.sum(axis=-1) * table.sum(axis=-2)).sum(axis=-1) / total**2
    result = np.full(np.shape(observed), np.nan)
    np.divide(observed - chance, 1 - chance, out=result, where=chance < 1)
    return result
