"""What a gate learns from: what a network sees of its training cells, of some harmlessly changed, and of decoys."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from core.decoys import TAUGHT, decoys, harmless

BATCH = 64
TOUCHED = 3
"""Each so many-eth training cell is seen once more, harmlessly changed: nearer, lighter, softer, saved as JPEG."""

EACH = 200
"""Decoys of each kind, made from training cells spread over all of them."""

See = Callable[[list[np.ndarray]], np.ndarray]
"""Crops (S, S, 3) uint8 -> what a network sees of them at all stages, (N, F)."""


@dataclass(frozen=True)
class Known:
    """seen (N, F) and labels (N,), class numbers: of training cells, and of some harmlessly changed. decoys: by kind,
    what is seen of them, (M, F) each."""

    seen: np.ndarray
    labels: np.ndarray
    decoys: dict[str, np.ndarray]

    def all_decoys(self, without: str = "") -> np.ndarray:
        """(M, F) of all kinds but one."""
        return np.concatenate([seen for kind, seen in self.decoys.items() if kind != without])


def seen_in_training(see: See, crops: Iterable[np.ndarray], labels: np.ndarray) -> Known:
    """From training cells one after another, and their class numbers (N,)."""
    touched: list[np.ndarray] = []
    bases: list[np.ndarray] = []
    step = max(1, len(labels) // EACH)

    def passing() -> Iterator[np.ndarray]:
        for row, crop in enumerate(crops):
            if row % TOUCHED == 0:
                touched.append(harmless(crop[None], row)[0])
            if row % step == 0 and len(bases) < EACH:
                bases.append(crop)
            yield crop

    seen = [see(part) for part in batches(passing())]
    seen += [see(part) for part in batches(touched)]
    base = np.stack(bases)
    told = {kind: np.concatenate([see(part) for part in batches(decoys(base, kind))]) for kind in TAUGHT}
    return Known(np.concatenate(seen), np.concatenate([labels, labels[::TOUCHED]]), told)


def batches(crops: Iterable[np.ndarray]) -> Iterator[list[np.ndarray]]:
    waiting = iter(crops)
    while part := list(islice(waiting, BATCH)):
        yield part
