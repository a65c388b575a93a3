"""Which checkpoint reads where nobody names one."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np

from core.checkpoints import Checkpoint, find_checkpoint, list_checkpoints
from core.errors import CheckpointError
from core.evaluation.results.predictions import Predictions


def choose(name: str = "") -> Checkpoint:
    """The checkpoint of that name; where the name is empty the widest, of single cells and fields alike.

    CheckpointError where there is none.
    """
    if name:
        return find_checkpoint(name)
    ranked = best_first(list_checkpoints())
    if not ranked:
        raise CheckpointError("There are no checkpoints; `python -m core train linear --publish linear` makes one.")
    return widest(ranked)


def champion(ranked: Sequence[Checkpoint]) -> Checkpoint:
    """Of one or more checkpoints, the best first, the first single network; an ensemble only where there is none.

    Its attribution map is of the network that answered.
    """
    return next((checkpoint for checkpoint in ranked if checkpoint.ensemble is None), ranked[0])


def widest(ranked: Sequence[Checkpoint]) -> Checkpoint:
    """Of one or more checkpoints, the best first, the network that learned from most sources.

    It is for photos that nobody knows the laboratory of: to a network of a single laboratory most others' cells are
    out of distribution.
    """
    return max((champion(ranked), *ranked), key=lambda checkpoint: len(checkpoint.card.learned_from))


def best_first(checkpoints: Iterable[Checkpoint]) -> list[Checkpoint]:
    """The most accurate on its own validation images first; last those whose predictions cannot be read."""
    return sorted(checkpoints, key=lambda checkpoint: -_validation_accuracy(checkpoint))


def _validation_accuracy(checkpoint: Checkpoint) -> float:
    try:
        return _accuracy(checkpoint.predictions(), checkpoint.card.trained.source)
    except CheckpointError:
        return -1.0


@lru_cache(maxsize=256)
def _accuracy(predictions: Predictions, source: str) -> float:
    """Accuracy on the validation images; remembered, since the same table is the same object."""
    validation = predictions.select(source=source, split="val")
    return float(np.mean(validation.labels == validation.predicted))
