"""The limit of an OOD score over laboratories: what right cells of one that it was not fitted on keep to.

A limit that validation cells of the same laboratories keep to sets apart many good cells of a stranger.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from core.ood.scores import OodScore

LOST = 0.05
"""Share of a stranger's right cells that may lie beyond the limit."""

LEAST = 20
"""Cells of a laboratory from which a limit is taken."""


@dataclass(frozen=True)
class LaboratoryCells:
    """features (N, F) of all stages of N cells; labs, labels (N,): where each is from and its class."""

    features: np.ndarray
    labs: np.ndarray
    labels: np.ndarray

    def chosen(self, mask: np.ndarray) -> Self:
        """Those of a mask (N,)."""
        return type(self)(self.features[mask], self.labs[mask], self.labels[mask])


def laboratory_limits(
    train: LaboratoryCells, outliers: np.ndarray, judged: LaboratoryCells, head: int
) -> dict[str, float]:
    """By laboratory, the distance that all but LOST of its judged cells keep to, by a score fitted without it.

    train: on which scores are fitted, with features (M, F) of outliers. judged: validation cells that are answered
    rightly. head: how many of the F enter the head. Laboratories with fewer than LEAST judged cells are passed over,
    and those without which a class would be missing. The network has seen them all: for one that it never saw a limit
    is rather too strict than too loose.
    """
    limits = {}
    for lab in sorted(set(judged.labs)):
        theirs = judged.labs == lab
        others = train.chosen(train.labs != lab)
        if theirs.sum() < LEAST or theirs.all() or set(others.labels) != set(train.labels):
            continue
        score = OodScore.fit(others.features, outliers, judged.features[~theirs], head)
        limits[str(lab)] = float(np.quantile(score.distance(judged.features[theirs]), 1 - LOST))
    return limits
