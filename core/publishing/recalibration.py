"""Fitting anew what a published checkpoint's own validation predictions say, without touching its weights."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.checkpoints import Card, Checkpoint
from core.evaluation.calibration import Calibration
from core.evaluation.results.predictions import Predictions
from core.ood.scores import ACCEPTED
from core.publishing.calibration import SAME, Contest, calibrated, recalibrated, retold
from core.publishing.ensemble import mean_table


@dataclass(frozen=True)
class Refitted:
    """What came of a checkpoint: its card before and after, and the contest between the two kinds of calibration."""

    before: Card
    after: Card
    contest: Contest


def recalibrate(checkpoint: Checkpoint) -> Refitted:
    """Calibration, answering and prediction sets of a checkpoint, from its table; both are written anew.

    An ensemble is fitted to its members' tables as they are now, so it comes after them. CheckpointError where
    a table is missing or damaged.
    """
    if checkpoint.card.ensemble is None:
        told, fitted = recalibrated(checkpoint.predictions(), checkpoint.card.calibration or Calibration())
        card = fitted.on(checkpoint.card)
    else:
        told, card, contest = _ensemble(checkpoint)
        return _written(checkpoint, told, card, contest)
    return _written(checkpoint, told, card, fitted.contest)


def _ensemble(checkpoint: Checkpoint) -> tuple[Predictions, Card, Contest]:
    """Its members' mean, calibrated, with distances in a unit of its own."""
    means = mean_table(checkpoint.members)
    told, fitted = calibrated(means)
    before = checkpoint.card.calibration
    if before is not None and fitted.calibration.like(before, SAME):
        told, fitted = recalibrated(retold(means, before.apply(means.probabilities)), before)
    unit = float(np.quantile(told.select(split="val").table["distance"], ACCEPTED))
    ensemble = checkpoint.card.ensemble
    assert ensemble is not None
    card = fitted.on(checkpoint.card.model_copy(update={"ensemble": ensemble.model_copy(update={"unit": unit})}))
    return Predictions(told.table.assign(distance=told.table["distance"] / unit)), card, fitted.contest


def _written(checkpoint: Checkpoint, told: Predictions, card: Card, contest: Contest) -> Refitted:
    replace_table(checkpoint.folder, told)
    replace_card(checkpoint.folder, card)
    return Refitted(checkpoint.card, card, contest)


def replace_table(folder: Path, told: Predictions) -> None:
    """predictions.parquet, written beside and moved into place."""
    draft = folder / ".predictions.part"
    told.write(draft)
    draft.chmod(0o644)
    draft.replace(folder / "predictions.parquet")


def replace_card(folder: Path, card: Card) -> None:
    """card.json, written beside and moved into place."""
    draft = folder / ".card.part"
    draft.write_text(card.model_dump_json(indent=2) + "\n", "utf-8")
    draft.chmod(0o644)
    draft.replace(folder / "card.json")
