"""The kinds of cell that a generator is asked for: class and subtype, as PBC's files name them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.datasets import Source
from core.errors import RecipeError


@dataclass(frozen=True)
class Kind:
    """cell: key of the class. subtype: what its files begin with, such as PMY. count: training cells of it."""

    cell: str
    subtype: str
    count: int

    def to_dict(self) -> dict[str, Any]:
        return {"cell": self.cell, "subtype": self.subtype, "count": self.count}


def kinds_of(source: Source) -> tuple[Kind, ...]:
    """Every kind among the training cells of a source, by class in the order of its label space, then by subtype."""
    rows = source.index[source.index["split"] == "train"]
    counts = Counter(zip(rows["label"].astype(str), rows["subtype"].astype(str), strict=True))
    found = [Kind(cell, subtype, count) for (cell, subtype), count in counts.items()]
    order = source.label_space.keys
    return tuple(sorted(found, key=lambda kind: (order.index(kind.cell), kind.subtype)))


def kind_numbers(source: Source, split: str, kinds: Sequence[Kind]) -> np.ndarray:
    """(N,) int64: the number of each cell's kind; a kind that no training cell has counts as its class's commonest."""
    numbers = {(kind.cell, kind.subtype): number for number, kind in enumerate(kinds)}
    rows = source.index[source.index["split"] == split]
    found = []
    for label, subtype in zip(rows["label"].astype(str), rows["subtype"].astype(str), strict=True):
        known = numbers.get((label, subtype))
        found.append(commonest(kinds, label) if known is None else known)
    return np.array(found, dtype=np.int64)


def commonest(kinds: Sequence[Kind], cell: str) -> int:
    """Number of the kind of a class that has the most training cells; RecipeError where there is none."""
    mine = [number for number, kind in enumerate(kinds) if kind.cell == cell]
    if not mine:
        raise RecipeError(f"The generator knows no cell called {cell}; it knows {_cells(kinds)}.")
    return max(mine, key=lambda number: kinds[number].count)


def asked(kinds: Sequence[Kind], cell: str, subtype: str = "") -> tuple[np.ndarray, np.ndarray]:
    """Numbers of the kinds meant by a class, or by a class and a subtype, and their shares, which sum to 1.

    RecipeError, naming what there is, where the generator does not know the class or the subtype.
    """
    commonest(kinds, cell)
    mine = [number for number, kind in enumerate(kinds) if kind.cell == cell and subtype in ("", kind.subtype)]
    if not mine:
        there = ", ".join(kind.subtype for kind in kinds if kind.cell == cell)
        raise RecipeError(f"The generator knows no subtype {subtype} of {cell}; it knows {there}.")
    counts = np.array([kinds[number].count for number in mine], dtype=np.float64)
    return np.array(mine, dtype=np.int64), counts / counts.sum()


def _cells(kinds: Sequence[Kind]) -> str:
    return ", ".join(dict.fromkeys(kind.cell for kind in kinds))
