"""The conditions of a generator: class and subtype of the cell to make, as PBC's files name them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.datasets import Source
from core.errors import RecipeError


@dataclass(frozen=True)
class Condition:
    """cell: key of the class. subtype: what its files begin with, such as PMY. count: training cells of it."""

    cell: str
    subtype: str
    count: int

    def to_dict(self) -> dict[str, Any]:
        return {"cell": self.cell, "subtype": self.subtype, "count": self.count}


def conditions_of(source: Source) -> tuple[Condition, ...]:
    """Every condition among a source's training cells, by class in the order of its label space, then by subtype."""
    rows = source.index[source.index["split"] == "train"]
    counts = Counter(zip(rows["label"].astype(str), rows["subtype"].astype(str), strict=True))
    conditions = [Condition(cell, subtype, count) for (cell, subtype), count in counts.items()]
    order = source.label_space.keys
    return tuple(sorted(conditions, key=lambda condition: (order.index(condition.cell), condition.subtype)))


def condition_numbers(source: Source, split: str, conditions: Sequence[Condition]) -> np.ndarray:
    """(N,) int64: each cell's condition; one that no training cell has counts as its class's commonest."""
    numbers = {(condition.cell, condition.subtype): number for number, condition in enumerate(conditions)}
    rows = source.index[source.index["split"] == split]
    cell_numbers = []
    for label, subtype in zip(rows["label"].astype(str), rows["subtype"].astype(str), strict=True):
        number = numbers.get((label, subtype))
        cell_numbers.append(commonest_condition(conditions, label) if number is None else number)
    return np.array(cell_numbers, dtype=np.int64)


def commonest_condition(conditions: Sequence[Condition], cell: str) -> int:
    """Number of the condition of a class that has the most training cells; RecipeError where there is none."""
    matching = [number for number, condition in enumerate(conditions) if condition.cell == cell]
    if not matching:
        raise RecipeError(f"The generator knows no cell called {cell}; it knows {_cells(conditions)}.")
    return max(matching, key=lambda number: conditions[number].count)


def select_conditions(conditions: Sequence[Condition], cell: str, subtype: str = "") -> tuple[np.ndarray, np.ndarray]:
    """Numbers of the conditions meant by a class, or by a class and a subtype, and their shares, which sum to 1.

    RecipeError, naming what there is, where the generator does not know the class or the subtype.
    """
    commonest_condition(conditions, cell)
    matching = [
        number
        for number, condition in enumerate(conditions)
        if condition.cell == cell and subtype in ("", condition.subtype)
    ]
    if not matching:
        subtypes = ", ".join(condition.subtype for condition in conditions if condition.cell == cell)
        raise RecipeError(f"The generator knows no subtype {subtype} of {cell}; it knows {subtypes}.")
    counts = np.array([conditions[number].count for number in matching], dtype=np.float64)
    return np.array(matching, dtype=np.int64), counts / counts.sum()


def _cells(conditions: Sequence[Condition]) -> str:
    return ", ".join(dict.fromkeys(condition.cell for condition in conditions))
