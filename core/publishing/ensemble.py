"""Several checkpoints that answer together, chosen greedily on validation."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.checkpoints import Checkpoint, ClassifierSection, Description, Ensemble, Member, open_checkpoint
from core.errors import CheckpointError
from core.evaluation.calibration import fit_temperature
from core.evaluation.metrics.calibration import negative_log_likelihood
from core.evaluation.probabilities import temperature_scaled
from core.evaluation.results.predictions import Predictions, mean_predictions
from core.ood.scores import ACCEPTED
from core.publishing.calibration import calibrated
from core.publishing.drafting import INTENDED_USE, published

MOST_VOTES = 12
LEAST_MEMBERS = 2
"""So many join, the best of those that have not, even where they help nobody: one alone is no ensemble."""
LEAST_GAIN = 1e-4
"""Fall of the negative log-likelihood on validation below which one more vote is not worth its time."""


def choose_members(candidates: Sequence[Checkpoint]) -> tuple[tuple[Checkpoint, int], ...]:
    """Members and their votes, most votes first: each round the one that helps most joins, perhaps again.

    Caruana et al., "Ensemble selection from libraries of models", ICML 2004, by negative log-likelihood on
    validation, each mean at its best temperature. At least LEAST_MEMBERS where there are so many candidates.
    CheckpointError where the candidates were not tried on the same validation images.
    """
    tables = [_validation(checkpoint) for checkpoint in candidates]
    if any(not np.array_equal(table.table["key"], tables[0].table["key"]) for table in tables):
        raise CheckpointError("These checkpoints were not tried on the same validation images.")
    probabilities = np.stack([table.probabilities for table in tables])
    votes: Counter[int] = Counter()
    loss = float("inf")
    while votes.total() < MOST_VOTES:
        weighted = (probabilities[number] * count for number, count in votes.items())
        total = sum(weighted, np.zeros_like(probabilities[0]))
        losses = np.array([_loss((total + added) / (votes.total() + 1), tables[0]) for added in probabilities])
        enough = len(votes) >= min(LEAST_MEMBERS, len(probabilities))
        if not enough:
            losses[list(votes)] = np.inf
        best = int(np.argmin(losses))
        if enough and loss - losses[best] < LEAST_GAIN:
            break
        votes[best] += 1
        loss = losses[best]
    return tuple((candidates[number], count) for number, count in votes.most_common())


def publish_ensemble(candidates: Sequence[Checkpoint], title: str, target: Path) -> Checkpoint:
    """Write an ensemble of some of the candidates, which lie beside `target`, replacing what was there.

    Its predictions are the mean of its members' committed ones, which is what the reader computes anew.
    """
    members = choose_members(candidates)
    calibrated_means, fitted = calibrated(mean_table(members))
    predictions, unit = in_units(calibrated_means)
    ensemble = Ensemble(
        members=tuple(Member(name=m.name, sha256=m.card.sha256, votes=votes) for m, votes in members), unit=unit
    )
    lead = members[0][0]
    section = ClassifierSection(label_space=lead.classifier.label_space, ensemble=ensemble)
    description = Description(
        task="classify",
        title=title,
        architecture="ensemble",
        trained=lead.card.trained,
        recipe={
            "chosen_from": [candidate.name for candidate in candidates],
            "most_votes": MOST_VOTES,
            "least_gain": LEAST_GAIN,
        },
        began_from=", ".join(f"{member.name} ({votes})" for member, votes in members),
        training={},
        intended_use=INTENDED_USE,
        limits=lead.card.limits,
        classifier=fitted.on(section),
    )
    with published(target, description) as draft:
        draft.stand_for(ensemble.sha256, sum(member.card.parameters for member, _ in members))
        draft.write_predictions(predictions)
    return open_checkpoint(target)


def in_units(predictions: Predictions) -> tuple[Predictions, float]:
    """The table with distances in a unit that ACCEPTED of validation cells keep to, and that unit."""
    unit = float(np.quantile(predictions.select(split="val").table["distance"], ACCEPTED))
    return Predictions(predictions.table.assign(distance=predictions.table["distance"] / unit)), unit


def _validation(checkpoint: Checkpoint) -> Predictions:
    return checkpoint.predictions().select(source=checkpoint.card.trained.source, split="val")


def _loss(probabilities: np.ndarray, table: Predictions) -> float:
    """Negative log-likelihood at the best temperature, since a mean is less sure than its parts and is recalibrated."""
    calibrated_ones = temperature_scaled(probabilities, fit_temperature(probabilities, table.labels))
    return float(negative_log_likelihood(calibrated_ones, table.labels))


def mean_table(members: Sequence[tuple[Checkpoint, int]]) -> Predictions:
    """The first member's table with the mean of all members' probabilities and distances."""
    tables = [member.predictions().select(source=member.card.trained.source) for member, _ in members]
    return mean_predictions(tables, [votes for _, votes in members])
