"""Several checkpoints that answer together, chosen greedily on validation."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.checkpoints import Card, Checkpoint, Ensemble, Member, open_checkpoint
from core.errors import CheckpointError
from core.evaluation.metrics import negative_log_likelihood, tempered
from core.evaluation.results.predictions import PREFIX, Predictions
from core.ood.scores import ACCEPTED
from core.publishing.calibration import calibrated, fit_temperature
from core.publishing.classifier import INTENDED_USE, write_card
from core.publishing.drafting import drafted
from core.training.provenance import versions

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
    told = np.stack([table.probabilities for table in tables])
    votes: Counter[int] = Counter()
    loss = float("inf")
    while votes.total() < MOST_VOTES:
        have = sum((told[one] * count for one, count in votes.items()), np.zeros_like(told[0]))
        losses = np.array([_loss((have + one) / (votes.total() + 1), tables[0]) for one in told])
        enough = len(votes) >= min(LEAST_MEMBERS, len(told))
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
    lead = members[0][0].card
    means = mean_table(members)
    ensemble = Ensemble(members=tuple(Member(name=m.name, sha256=m.card.sha256, votes=v) for m, v in members))
    told, fitted = calibrated(means)
    unit = float(np.quantile(told.select(split="val").table["distance"], ACCEPTED))
    ensemble = ensemble.model_copy(update={"unit": unit})
    told = Predictions(told.table.assign(distance=told.table["distance"] / unit))
    card = Card(
        task="classify",
        name=target.name,
        title=title,
        architecture="ensemble",
        label_space=lead.label_space,
        preprocessing=None,
        trained=lead.trained,
        recipe={"chosen_from": [one.name for one in candidates], "most_votes": MOST_VOTES, "least_gain": LEAST_GAIN},
        began_from=", ".join(f"{member.name} ({votes})" for member, votes in members),
        calibration=None,
        answering=None,
        training={},
        versions=versions(),
        parameters=sum(member.card.parameters for member, _ in members),
        intended_use=INTENDED_USE,
        limits=lead.limits,
        sha256=ensemble.sha256,
        statistics_sha256=None,
        ensemble=ensemble,
    )
    with drafted(target) as draft:
        told.write(draft / "predictions.parquet")
        write_card(draft, fitted.on(card))
    return open_checkpoint(target)


def _validation(checkpoint: Checkpoint) -> Predictions:
    return checkpoint.predictions().select(source=checkpoint.card.trained.source, split="val")


def _loss(probabilities: np.ndarray, table: Predictions) -> float:
    """At the temperature that suits them best, since a mean is less sure than its parts and is calibrated anew."""
    told = tempered(probabilities, fit_temperature(probabilities, table.labels))
    return float(negative_log_likelihood(told, table.labels))


def mean_table(members: Sequence[tuple[Checkpoint, int]]) -> Predictions:
    """The first member's table with the mean of all members' probabilities and distances."""
    tables = [member.predictions().select(source=member.card.trained.source) for member, _ in members]
    votes = [count for _, count in members]
    table = tables[0].table.copy()
    columns = [*(PREFIX + key for key in tables[0].classes), "distance"]
    table[columns] = np.average([other.table[columns].to_numpy(float) for other in tables], axis=0, weights=votes)
    return Predictions(table)
