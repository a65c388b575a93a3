"""Where several models agree and where they do not: cells worth a second look.

A cell on which all models agree and are wrong may be a hard cell or a wrong label; one on which a single model
is right shows what the others lack.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.evaluation.alignment import align
from core.evaluation.results.predictions import PREFIX, Predictions

ALL_RIGHT = "all right"
ALIKE = "all wrong, and alike"
DIFFERENTLY = "all wrong, each its own way"
ONE_RIGHT = "only one right"
ONE_WRONG = "only one wrong"
MIXED = "some right, some wrong"
KINDS = (ALIKE, DIFFERENTLY, ONE_RIGHT, ONE_WRONG, MIXED, ALL_RIGHT)
"""What can be said of a cell; every cell is of one kind. Two models that differ make "only one right"."""


@dataclass(frozen=True, eq=False)
class Agreement:
    """Two or more models on the same cells.

    names: of the models. table: one row a cell, in the order of the aligned tables: source, lab, split, key,
    label, kind, right (how many models), for each model its answer (said_NAME) and the probability that it gave
    to it (sure_NAME), and doubt, the mean over models of the largest probability of a wrong class, in 0..1.
    """

    names: tuple[str, ...]
    table: pd.DataFrame

    @property
    def counts(self) -> dict[str, int]:
        """Cells of each kind, in the order of KINDS; kinds that cannot occur among so few models are left out."""
        found = self.table["kind"].value_counts()
        return {kind: int(found.get(kind, 0)) for kind in KINDS if len(self.names) >= _FEWEST.get(kind, 2)}

    def of_kind(self, kind: str) -> pd.DataFrame:
        """Rows of that kind, those first to which wrong classes were given the most; the index is their place."""
        rows = self.table[self.table["kind"] == kind]
        return rows.sort_values(["doubt", "source", "key"], ascending=[False, True, True])


_FEWEST = {ONE_WRONG: 3, MIXED: 4}
"""Fewest models among which a kind can occur: of three, either one is right or one is wrong."""


def agreement(tables: Mapping[str, Predictions]) -> Agreement:
    """What the models of these tables, by name, say of the cells that all have.

    CheckpointError as in `align`; ValueError for fewer than two models.
    """
    if len(tables) < 2:
        raise ValueError(f"agreement is between two models or more, not {len(tables)}")
    told = align(tables)
    first = next(iter(told.values()))
    classes, truth = np.array(first.classes), first.labels
    said = np.stack([one.predicted for one in told.values()], axis=1)
    columns = {}
    wrong = np.zeros(len(first))
    for number, (name, one) in enumerate(told.items()):
        p = one.probabilities
        columns[f"said_{name}"] = classes[said[:, number]]
        columns[f"sure_{name}"] = p.max(axis=1)
        others = p.copy()
        others[np.arange(len(p)), truth] = 0.0
        wrong += others.max(axis=1) / len(told)
    right = (said == truth[:, None]).sum(axis=1)
    kept = first.table[[name for name in first.table.columns if not str(name).startswith((PREFIX, "distance"))]]
    table = kept.assign(kind=_kinds(said, right), right=right, **columns, doubt=wrong)
    return Agreement(tuple(told), table)


def _kinds(said: npt.NDArray[np.intp], right: npt.NDArray[np.intp]) -> npt.NDArray[np.str_]:
    """said: (N, M) answers; right: (N,) how many of them are right. Returns (N,) kinds."""
    models = said.shape[1]
    alike = (said == said[:, :1]).all(axis=1)
    tests = [
        (right == models, ALL_RIGHT),
        ((right == 0) & alike, ALIKE),
        (right == 0, DIFFERENTLY),
        (right == 1, ONE_RIGHT),
        (right == models - 1, ONE_WRONG),
    ]
    return np.select([test for test, _ in tests], [kind for _, kind in tests], default=MIXED)
