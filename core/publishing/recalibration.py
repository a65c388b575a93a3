"""Fitting anew what follows from a published checkpoint's own validation predictions, without touching its weights."""

from dataclasses import dataclass
from pathlib import Path

from core.checkpoints import Card, Checkpoint, ClassifierSection, Ensemble
from core.evaluation.results.predictions import Predictions
from core.publishing.calibration import (
    SAME,
    Contest,
    ValidationFit,
    calibrated,
    recalibrated,
    strangers_of,
    with_probabilities,
)
from core.publishing.ensemble import in_units, mean_table
from core.storage import write_json


@dataclass(frozen=True)
class Refitted:
    """What came of a checkpoint: its section before and after, and the contest between calibrations, if any."""

    name: str
    before: ClassifierSection
    after: ClassifierSection
    contest: Contest | None


def recalibrate(checkpoint: Checkpoint) -> Refitted:
    """Refit calibration, abstain threshold and prediction sets from a checkpoint's table, and rewrite both.

    An ensemble is fitted to its members' tables as they are now, so it comes after them. CheckpointError where
    a table is missing or damaged.
    """
    before = checkpoint.classifier
    if before.ensemble is None:
        predictions, fitted = recalibrated(
            checkpoint.predictions(), before.calibration, strangers_of(checkpoint.card.recipe)
        )
        after = fitted.on(before)
    else:
        predictions, fitted, ensemble = _refitted_ensemble(checkpoint, before.ensemble)
        after = fitted.on(before.model_copy(update={"ensemble": ensemble}))
    replace_table(checkpoint.folder, predictions)
    replace_card(checkpoint.folder, checkpoint.card.model_copy(update={"classifier": after}))
    return Refitted(checkpoint.name, before, after, fitted.contest)


def _refitted_ensemble(checkpoint: Checkpoint, ensemble: Ensemble) -> tuple[Predictions, ValidationFit, Ensemble]:
    """Its members' mean, calibrated, with distances in a unit of its own."""
    means = mean_table(checkpoint.members)
    predictions, fitted = calibrated(means)
    before = checkpoint.classifier.calibration
    if fitted.calibration.like(before, SAME):
        predictions, fitted = recalibrated(with_probabilities(means, before.apply(means.probabilities)), before)
    predictions, unit = in_units(predictions)
    return predictions, fitted, ensemble.model_copy(update={"unit": unit})


def replace_table(folder: Path, predictions: Predictions) -> None:
    """predictions.parquet, whole or not at all."""
    predictions.write(folder / "predictions.parquet")


def replace_card(folder: Path, card: Card) -> None:
    """card.json, whole or not at all."""
    write_json(folder / "card.json", card, indent=2)
