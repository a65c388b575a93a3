"""What a gate takes for known: what a network sees of its training cells, and of some harmlessly changed."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

import numpy as np

from core.decoys import harmless

BATCH = 64
TOUCHED = 3
"""Each so many-eth training cell is seen once more, harmlessly changed: nearer, lighter, softer, saved as JPEG."""

See = Callable[[list[np.ndarray]], np.ndarray]
"""Crops (S, S, 3) uint8 -> what a network sees of them at all stages, (N, F)."""


def seen_in_training(see: See, crops: Iterable[np.ndarray], labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What a gate takes for known: (N + M, F) and class numbers, of N training cells and of M harmlessly changed."""
    touched: list[np.ndarray] = []

    def passing() -> Iterator[np.ndarray]:
        for row, crop in enumerate(crops):
            if row % TOUCHED == 0:
                touched.append(harmless(crop[None], row)[0])
            yield crop

    seen = [see(part) for part in batches(passing())]
    seen += [see(part) for part in batches(touched)]
    return np.concatenate(seen), np.concatenate([labels, labels[::TOUCHED]])


def batches(crops: Iterable[np.ndarray]) -> Iterator[list[np.ndarray]]:
    waiting = iter(crops)
    while part := list(islice(waiting, BATCH)):
        yield part
