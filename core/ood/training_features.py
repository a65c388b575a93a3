"""What a gate learns from: what a network sees of its training cells, as they are and changed, and of decoys."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from core.ood.outliers import TAUGHT, decoys, harmless
from core.training.augment import each_by_itself

BATCH = 64
EVERY = 3
"""Of so many training cells one is seen once more harmlessly changed, and another as it was augmented in training."""

EACH = 200
"""Decoys of each kind, made from training cells spread over all of them."""

See = Callable[[list[np.ndarray]], np.ndarray]
"""Crops (S, S, 3) uint8 -> what a network sees of them at all stages, (N, F)."""


@dataclass(frozen=True)
class Known:
    """seen (N, F): of training cells as they are, then of some of them changed. rows (N,): which training cell each is.
    decoys: by kind, what is seen of them, (M, F) each."""

    seen: np.ndarray
    rows: np.ndarray
    decoys: dict[str, np.ndarray]

    def all_decoys(self, without: str = "") -> np.ndarray:
        """(M, F) of all kinds but one."""
        return np.concatenate([seen for kind, seen in self.decoys.items() if kind != without])


def seen_in_training(see: See, crops: Iterable[np.ndarray], cells: int, policy: str) -> Known:
    """From so many training cells, one after another.

    policy: with which the network's training cells were augmented (core.training.augment). What a network learned to
    read made worse is then no stranger to its gate.
    """
    touched: list[np.ndarray] = []
    augmented: list[np.ndarray] = []
    bases: list[np.ndarray] = []
    step = max(1, cells // EACH)

    def passing() -> Iterator[np.ndarray]:
        for row, crop in enumerate(crops):
            if row % EVERY == 0:
                touched.append(harmless(crop[None], row)[0])
            if row % EVERY == 1:
                augmented.append(each_by_itself(policy, crop[None], row)[0])
            if row % step == 0 and len(bases) < EACH:
                bases.append(crop)
            yield crop

    seen = [see(part) for part in batches(passing())]
    seen += [see(part) for part in batches([*touched, *augmented])]
    base = np.stack(bases)
    told = {kind: np.concatenate([see(part) for part in batches(decoys(base, kind))]) for kind in TAUGHT}
    rows = np.arange(cells)
    return Known(np.concatenate(seen), np.concatenate([rows, rows[::EVERY], rows[1::EVERY]]), told)


def pictures_of(cells: int) -> int:
    """How many pictures `seen_in_training` looks at, of so many training cells."""
    changed = len(range(0, cells, EVERY)) + len(range(1, cells, EVERY))
    return cells + changed + len(TAUGHT) * min(EACH, cells)


def batches(crops: Iterable[np.ndarray]) -> Iterator[list[np.ndarray]]:
    waiting = iter(crops)
    while part := list(islice(waiting, BATCH)):
        yield part
