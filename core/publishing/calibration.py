"""What is fitted on validation predictions after training: temperature, and when to answer."""

import numpy as np
from scipy.optimize import minimize_scalar

from core.checkpoints import Answering, Calibration
from core.evaluation import metrics
from core.evaluation.predictions import PREFIX, Predictions

AIM = 0.99
"""Share of answered validation cells that should be right; below the probability it takes, "unsure" is said."""


def calibrated(raw: Predictions) -> tuple[Predictions, Calibration, Answering]:
    """The table with calibrated probabilities, and what was fitted on its validation images."""
    validation = raw.select(split="val")
    temperature = fit_temperature(validation.probabilities, validation.labels)
    told = tempered(raw, temperature)
    return told, Calibration(temperature=temperature), fit_answering(told.select(split="val"))


def tempered(predictions: Predictions, temperature: float) -> Predictions:
    """The same table with softmax(log p / temperature) for p."""
    table = predictions.table.copy()
    columns = [PREFIX + key for key in predictions.classes]
    table[columns] = metrics.tempered(predictions.probabilities, temperature)
    return Predictions(table)


def fit_temperature(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """The temperature with the least negative log-likelihood (Guo et al., ICML 2017, arXiv:1706.04599).

    probabilities: (N, K) of validation images; labels: (N,) class numbers.
    """

    def loss(log_temperature: float) -> float:
        told = metrics.tempered(probabilities, float(np.exp(log_temperature)))
        return float(metrics.negative_log_likelihood(told, labels))

    return float(np.exp(minimize_scalar(loss, bounds=(-2.0, 2.0), method="bounded").x))


def fit_answering(validation: Predictions) -> Answering:
    """The lowest probability from which on AIM of the answers are right; where that cannot be had, the
    lowest of those that come nearest to it, while at least half of the cells are still answered."""
    confidence = validation.probabilities.max(1)
    right = validation.predicted == validation.labels
    order = np.argsort(-confidence)
    share_right = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(share_right >= AIM)
    enough = len(order) // 2
    if len(good) and good[-1] >= enough:
        last, reached = int(good[-1]), True
    else:
        last, reached = enough + int(np.argmax(share_right[enough:])), False
    return Answering(probability=round(float(confidence[order][last]), 4), aim=AIM, reached=reached)
