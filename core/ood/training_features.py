"""What an OOD score is fitted on: the features of training cells, as they are and changed, and of outliers."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from core.ood.outliers import TRAINING_OUTLIERS, harmless, outliers
from core.training.augment import augment_each

BATCH = 64
EVERY = 3
"""Of so many training cells one is taken once more harmlessly changed, and another as it was augmented in training."""

EACH = 200
"""Outliers of each kind, made from training cells spread over all of them."""

FeatureExtractor = Callable[[list[np.ndarray]], np.ndarray]
"""Crops (S, S, 3) uint8 -> features of all stages of a network, (N, F)."""


@dataclass(frozen=True)
class TrainingFeatures:
    """features (N, F): of training cells as they are, then of some of them changed. rows (N,): which training cell each
    is of. outliers: features by kind of outlier, (M, F) each."""

    features: np.ndarray
    rows: np.ndarray
    outliers: dict[str, np.ndarray]

    def all_outliers(self, without: str = "") -> np.ndarray:
        """(M, F) of all kinds but one."""
        return np.concatenate([features for kind, features in self.outliers.items() if kind != without])


def training_features(
    extract: FeatureExtractor, crops: Iterable[np.ndarray], cells: int, policy: str
) -> TrainingFeatures:
    """From so many training cells, one after another.

    policy: with which the network's training cells were augmented (core.training.augment). Cells degraded in a way
    that the network learned to read are then not out of distribution.
    """
    changed: list[np.ndarray] = []
    augmented: list[np.ndarray] = []
    bases: list[np.ndarray] = []
    step = max(1, cells // EACH)

    def passing() -> Iterator[np.ndarray]:
        for row, crop in enumerate(crops):
            if row % EVERY == 0:
                changed.append(harmless(crop[None], row)[0])
            if row % EVERY == 1:
                augmented.append(augment_each(policy, crop[None], row)[0])
            if row % step == 0 and len(bases) < EACH:
                bases.append(crop)
            yield crop

    features = [extract(batch) for batch in batches(passing())]
    features += [extract(batch) for batch in batches([*changed, *augmented])]
    base = np.stack(bases)
    by_kind = {
        kind: np.concatenate([extract(batch) for batch in batches(outliers(base, kind))]) for kind in TRAINING_OUTLIERS
    }
    rows = np.arange(cells)
    return TrainingFeatures(np.concatenate(features), np.concatenate([rows, rows[::EVERY], rows[1::EVERY]]), by_kind)


def image_count(cells: int) -> int:
    """How many images `training_features` passes to the network, of so many training cells."""
    changed = len(range(0, cells, EVERY)) + len(range(1, cells, EVERY))
    return cells + changed + len(TRAINING_OUTLIERS) * min(EACH, cells)


def batches(crops: Iterable[np.ndarray]) -> Iterator[list[np.ndarray]]:
    remaining = iter(crops)
    while batch := list(islice(remaining, BATCH)):
        yield batch
