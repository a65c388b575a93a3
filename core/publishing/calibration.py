"""What is fitted on validation predictions after training: calibration, abstention, and prediction sets."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

import numpy as np
from scipy.optimize import minimize
from sklearn.model_selection import StratifiedKFold

from core.checkpoints import AbstainThreshold, ClassifierSection
from core.datasets.registry import refuse_measure_only
from core.errors import CheckpointError
from core.evaluation import conformal
from core.evaluation.calibration import Calibration, PredictionSets, fit_temperature
from core.evaluation.probabilities import log_probabilities, softmax
from core.evaluation.results.left_out import left_out_predictions
from core.evaluation.results.predictions import PREFIX, Predictions
from core.evaluation.selective import SILENT
from core.evaluation.strangers import StrangerAnswers, fit_over_laboratories, pooled

AIM = 0.99
"""Share of answered validation cells that should be right; below the probability it takes, the answer is "unsure"."""

AIM_OF_ALL = 0.95
"""Where it is chosen over laboratories: of all cells of each the share that should be right or without an answer."""

Strangers = Mapping[str, Predictions]
"""By laboratory left out, predictions of networks that never saw it."""

Thresholds = dict[str, dict[str, tuple[float | None, ...]]]
"""Of prediction sets: method -> level -> one, or one a class."""

FOLDS = 5
PENALTIES = (0.0001, 0.001, 0.003, 0.01, 0.1)
"""Of vector scaling, on its distance from temperature scaling squared; in nats a cell."""

SAME = 1e-3
"""A temperature that differs by less, relatively, counts as the present one: it comes from the same cells."""


@dataclass(frozen=True)
class Contest:
    """Temperature against vector scaling: negative log-likelihood on validation cells that neither was fitted on.

    gain: how much lower vector scaling's is, with the standard error of that over cells; penalty: its best.
    """

    temperature: float
    vector: float
    gain: float
    error: float
    penalty: float

    @property
    def vector_wins(self) -> bool:
        """By more than one standard error: fifteen more parameters have to be worth it."""
        return self.gain > self.error


@dataclass(frozen=True)
class ValidationFit:
    """What is fitted on a classifier's validation predictions, and the contest behind its calibration."""

    calibration: Calibration
    abstain: AbstainThreshold
    prediction_sets: PredictionSets
    contest: Contest | None
    """None where it was fitted over laboratories, by a temperature."""

    def on(self, section: ClassifierSection) -> ClassifierSection:
        """The section of a card with them."""
        entries = {name: getattr(self, name) for name in ("calibration", "abstain", "prediction_sets")}
        return section.model_copy(update=entries)


def calibrated(raw: Predictions, strangers: Strangers | None = None) -> tuple[Predictions, ValidationFit]:
    """The table with calibrated probabilities, and what was fitted on its validation images, or on strangers.

    raw: uncalibrated, of the images that the model was chosen on (split "val") and others. strangers: by laboratory,
    uncalibrated predictions of networks of the same recipe that never saw it; classes that none of them has still have
    their sets from validation. SourceError where some images to fit on are of a source that may only be measured on.
    """
    validation = raw.select(split="val")
    refuse_measure_only([*validation.table["source"].unique(), *(strangers or ())])
    if strangers:
        return _calibrated_over(raw, strangers)
    calibration, contest = fit_calibration(validation.probabilities, validation.labels)
    predictions = with_probabilities(raw, calibration.apply(raw.probabilities))
    return predictions, _fitted(predictions, calibration, contest)


def recalibrated(
    predictions: Predictions, before: Calibration, strangers: Strangers | None = None
) -> tuple[Predictions, ValidationFit]:
    """The same from a table that holds calibrated probabilities, and what they were calibrated with.

    Where the calibration comes out the same, the table stays equal to the bit.
    """
    raw = with_probabilities(predictions, before.undo(predictions.probabilities))
    new, fitted = calibrated(raw, strangers)
    if not fitted.calibration.like(before, SAME):
        return new, fitted
    if strangers:
        return predictions, replace(fitted, calibration=before)
    return predictions, _fitted(predictions, before, fitted.contest)


def _calibrated_over(raw: Predictions, strangers: Strangers) -> tuple[Predictions, ValidationFit]:
    """Fitted over laboratories: one temperature, the threshold that keeps wrong answers rare in each, and sets."""
    if any(table.classes != raw.classes for table in strangers.values()):
        raise CheckpointError("The run that calibration is fitted on tells other classes apart than this model.")
    answers = {lab: pooled([table]) for lab, table in strangers.items()}
    fit = fit_over_laboratories(answers, 1 - AIM_OF_ALL)
    calibration = Calibration(temperature=fit.temperature)
    predictions = with_probabilities(raw, calibration.apply(raw.probabilities))
    sets = _sets_over(answers, calibration, predictions.select(split="val"))
    threshold = AbstainThreshold(
        probability=min(1.0, ceil(fit.threshold * 1e4) / 1e4),
        aim=AIM_OF_ALL,
        reached=fit.threshold < SILENT,
        laboratories=tuple(strangers),
    )
    return predictions, ValidationFit(calibration, threshold, PredictionSets(thresholds=sets), None)


def _sets_over(answers: Mapping[str, StrangerAnswers], calibration: Calibration, validation: Predictions) -> Thresholds:
    """Thresholds of prediction sets; of classes that no stranger has, those of validation (calibrated)."""
    labels = np.concatenate([one.labels for one in answers.values()])
    probabilities = np.concatenate([one.probabilities for one in answers.values()])
    sets = conformal.fit_sets(calibration.apply(probabilities), labels)
    own = conformal.fit_sets(validation.probabilities, validation.labels)["by class"]
    sets["by class"] = {
        level: tuple(theirs if number in labels else own[level][number] for number, theirs in enumerate(limits))
        for level, limits in sets["by class"].items()
    }
    return sets


def with_probabilities(predictions: Predictions, probabilities: np.ndarray) -> Predictions:
    """The same table with these probabilities (N, K)."""
    table = predictions.table.copy()
    table[[PREFIX + key for key in predictions.classes]] = probabilities
    return Predictions(table)


def fit_calibration(probabilities: np.ndarray, labels: np.ndarray) -> tuple[Calibration, Contest]:
    """One temperature, or vector scaling where that is better on cells that it was not fitted on.

    probabilities: (N, K) of validation images, as the network gives them; labels: (N,) class numbers.
    """
    contest = hold_contest(probabilities, labels)
    temperature = fit_temperature(probabilities, labels)
    if not contest.vector_wins:
        return Calibration(temperature=temperature), contest
    return fit_vector(probabilities, labels, temperature, contest.penalty), contest


def hold_contest(probabilities: np.ndarray, labels: np.ndarray) -> Contest:
    """Both fitted on four fifths of the cells and judged on the fifth, in turns."""
    folds = _folds(labels)
    plain = np.zeros(len(labels))
    losses = np.zeros((len(PENALTIES), len(labels)))
    for train, held in folds:
        temperature = fit_temperature(probabilities[train], labels[train])
        plain[held] = _losses(Calibration(temperature=temperature).apply(probabilities[held]), labels[held])
        for row, penalty in enumerate(PENALTIES):
            vector = fit_vector(probabilities[train], labels[train], temperature, penalty)
            losses[row, held] = _losses(vector.apply(probabilities[held]), labels[held])
    best = int(losses.mean(axis=1).argmin())
    gains = plain - losses[best]
    return Contest(
        temperature=float(plain.mean()),
        vector=float(losses[best].mean()),
        gain=float(gains.mean()),
        error=float(gains.std(ddof=1) / np.sqrt(len(gains))),
        penalty=PENALTIES[best],
    )


def fit_vector(probabilities: np.ndarray, labels: np.ndarray, temperature: float, penalty: float) -> Calibration:
    """A factor and a shift a class for the logarithms of the probabilities, near the one temperature.

    Vector scaling (Guo et al.), on logarithms of probabilities, which logits are up to a constant. The penalty
    on (factor - 1 / temperature)² and shift² keeps classes with few cells from being fitted to those alone.
    """
    logs = log_probabilities(probabilities)
    cells, classes = logs.shape
    truth = np.eye(classes)[labels]

    def loss(values: np.ndarray) -> tuple[float, np.ndarray]:
        offset, shift = values.reshape(2, classes)
        scaled = softmax(logs * (1 / temperature + offset) + shift)
        surplus = (scaled - truth) / cells
        of_true = np.clip(scaled[np.arange(cells), labels], 1e-300, None)
        gradient = np.concatenate([(surplus * logs).sum(0), surplus.sum(0)]) + 2 * penalty * values
        return float(-np.log(of_true).mean() + penalty * (values**2).sum()), gradient

    offsets, shifts = minimize(loss, np.zeros(2 * classes), jac=True, method="L-BFGS-B").x.reshape(2, classes)
    factors = np.maximum(1 / temperature + offsets, 0.05)  # a class whose factor is 0 could not be undone
    return Calibration(temperature=temperature, factors=tuple(factors.tolist()), shifts=tuple(shifts.tolist()))


def fit_abstain_threshold(validation: Predictions) -> AbstainThreshold:
    """The lowest probability from which on AIM of the answers are right; where that cannot be had, the
    lowest of those that come nearest to it, while at least half of the cells are still answered."""
    confidence = validation.probabilities.max(1)
    correct = validation.predicted == validation.labels
    order = np.argsort(-confidence)
    accuracy = np.cumsum(correct[order]) / np.arange(1, len(order) + 1)
    reaching = np.flatnonzero(accuracy >= AIM)
    half = len(order) // 2
    if len(reaching) and reaching[-1] >= half:
        last, reached = int(reaching[-1]), True
    else:
        last, reached = half + int(np.argmax(accuracy[half:])), False
    return AbstainThreshold(probability=round(float(confidence[order][last]), 4), aim=AIM, reached=reached)


def _fitted(predictions: Predictions, calibration: Calibration, contest: Contest | None) -> ValidationFit:
    """predictions: calibrated."""
    validation = predictions.select(split="val")
    sets = conformal.fit_sets(validation.probabilities, validation.labels)
    return ValidationFit(calibration, fit_abstain_threshold(validation), PredictionSets(thresholds=sets), contest)


def _folds(labels: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Rows to fit on and to judge on; each class is dealt evenly, as far as it goes."""
    least = int(np.bincount(labels)[np.unique(labels)].min())
    deal = StratifiedKFold(max(2, min(FOLDS, least)), shuffle=True, random_state=0)
    if least < 2:  # StratifiedKFold refuses; one cell of a class is on one side or the other
        order = np.random.default_rng(0).permutation(len(labels)) % 2
        return [(np.flatnonzero(order != fold), np.flatnonzero(order == fold)) for fold in (0, 1)]
    return list(deal.split(labels, labels))


def _losses(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """-ln(probability of the true class), (N,)."""
    return -np.log(np.clip(probabilities[np.arange(len(probabilities)), labels], np.finfo(np.float64).eps, 1.0))


def strangers_of(recipe: Mapping[str, Any]) -> Strangers | None:
    """What a recipe, as a card has it, is to be fitted on over laboratories; None where it names no run.

    CheckpointError where that is not recorded.
    """
    run = str(recipe.get("calibration_folds", ""))
    return left_out_predictions(run) if run else None
