"""How well attributes are predicted, with intervals: by a head, and by a second person."""

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
from core.morphology.predictions import AttributePredictions

Numbers = npt.NDArray[np.int8]

PUBLISHED_ACCURACY, PUBLISHED_F1 = 0.9409, 0.9127
"""Mean over the attributes of the authors' ResNet-50 on their test part (Tsutsui et al., NeurIPS 2023)."""


@dataclass(frozen=True)
class AttributeMetrics:
    """One attribute over n cells. sure: share of values whose probability reaches the threshold; right_when_sure: how
    many of these were right."""

    key: str
    n: int
    accuracy: Rate
    macro_f1: Interval
    balanced_accuracy: Interval
    sure: Rate
    right_when_sure: Rate


@dataclass(frozen=True)
class AttributeReport:
    """All attributes, and the mean over them; the interval of a mean is by cell."""

    attributes: tuple[AttributeMetrics, ...]
    n: int
    mean_accuracy: Interval
    mean_f1: Interval
    mean_balanced: Interval

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class AnnotatorAgreement:
    """Of one attribute, how often another agrees with the first person: share, and Cohen's kappa (1960)."""

    key: str
    n: int
    agree: Rate
    kappa: Interval


Agreements = tuple[AnnotatorAgreement, ...]
"""One for each attribute, or none."""


def attribute_report(predictions: AttributePredictions, sure_from: npt.ArrayLike | None = None) -> AttributeReport:
    """sure_from: (11,) least probability of a sure value; all values are sure where it is None."""
    truth, predicted = predictions.values, predictions.predicted
    sure = predictions.confidence >= (0 if sure_from is None else np.asarray(sure_from))
    rows = [
        _attribute_metrics(number, truth[:, number], predicted[:, number], sure[:, number])
        for number in range(len(ATTRIBUTES))
    ]
    return AttributeReport(
        tuple(rows),
        len(predictions),
        *(_mean_over_attributes(truth, predicted, figure) for figure in (accuracy, _f1_of, balanced_accuracy)),
    )


def _attribute_metrics(
    number: int, truth: Numbers, predicted: Numbers, sure: npt.NDArray[np.bool_]
) -> AttributeMetrics:
    correct = truth == predicted
    k = len(ATTRIBUTES[number].values)
    resampled = resampled_counts(truth.astype(np.intp) * k + predicted, k * k).reshape(-1, k, k)
    counts = confusion_matrix(truth, predicted, k)
    return AttributeMetrics(
        ATTRIBUTES[number].key,
        len(truth),
        wilson(int(correct.sum()), len(correct)),
        _interval(counts, resampled, _f1_of),
        _interval(counts, resampled, balanced_accuracy),
        wilson(int(sure.sum()), len(sure)),
        wilson(int((correct & sure).sum()), int(sure.sum())),
    )


def _f1_of(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """(..., K, K) -> (...) mean over the values that occur; one that is never predicted counts 0."""
    return np.nan_to_num(macro_mean(np.nan_to_num(f1(counts)), counts))


def _interval(
    counts: npt.NDArray[np.int64], resampled: npt.NDArray[np.int64], figure: Callable[[Any], npt.NDArray[np.float64]]
) -> Interval:
    return percentile_interval(float(figure(counts)), np.asarray(figure(resampled)))


MEAN_RESAMPLES = 1000


def _mean_over_attributes(
    truth: Numbers, predicted: Numbers, figure: Callable[[Any], npt.NDArray[np.float64]]
) -> Interval:
    """The mean over attributes, cells resampled as wholes: a cell that is hard for one attribute is so for others."""
    n, rng = len(truth), np.random.default_rng(0)
    weights = unit_weights(n, MEAN_RESAMPLES, rng)
    means, value = np.zeros(MEAN_RESAMPLES), 0.0
    for number, attribute in enumerate(ATTRIBUTES):
        k = len(attribute.values)
        pairs = truth[:, number].astype(np.intp) * k + predicted[:, number]
        resampled = (weights @ np.eye(k * k, dtype=np.int64)[pairs]).reshape(-1, k, k)
        means += figure(resampled) / len(ATTRIBUTES)
        value += float(figure(confusion_matrix(truth[:, number], predicted[:, number], k))) / len(ATTRIBUTES)
    return percentile_interval(value, means)


def annotator_agreement(
    predictions: AttributePredictions,
) -> tuple[Agreements, Agreements]:
    """The second person and the model, each against the first person, on the cells that both people saw.

    Two empty tuples where nobody looked again.
    """
    rows = np.flatnonzero((predictions.second >= 0).all(axis=1))
    if not len(rows):
        return (), ()
    first = predictions.values[rows]
    return _agreement(first, predictions.second[rows]), _agreement(first, predictions.predicted[rows])


def _agreement(first: Numbers, other: Numbers) -> Agreements:
    agreements = []
    for number, attribute in enumerate(ATTRIBUTES):
        k = len(attribute.values)
        a, b = first[:, number].astype(np.intp), other[:, number].astype(np.intp)
        resampled = resampled_counts(a * k + b, k * k).reshape(-1, k, k)
        agree = wilson(int((a == b).sum()), len(a))
        agreements.append(
            AnnotatorAgreement(attribute.key, len(a), agree, _interval(confusion_matrix(a, b, k), resampled, kappa))
        )
    return tuple(agreements)


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
