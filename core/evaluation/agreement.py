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
PATTERNS = (ALIKE, DIFFERENTLY, ONE_RIGHT, ONE_WRONG, MIXED, ALL_RIGHT)
"""How the predictions for a cell lie; each cell has one pattern. Two models that differ make "only one right"."""


@dataclass(frozen=True, eq=False)
class Agreement:
    """Two or more models on the same cells.

    names: of the models. table: one row a cell, in the order of the aligned tables: source, lab, split, key,
    label, pattern, right (how many models), for each model its prediction (predicted_NAME) and the probability that
    it gave to it (confidence_NAME), and rival, the mean over models of the largest probability of a wrong class,
    in 0..1.
    """

    names: tuple[str, ...]
    table: pd.DataFrame

    @property
    def counts(self) -> dict[str, int]:
        """Cells of each pattern, in their order; those that cannot occur among so few models are left out."""
        counts = self.table["pattern"].value_counts()
        possible = [pattern for pattern in PATTERNS if len(self.names) >= _FEWEST.get(pattern, 2)]
        return {pattern: int(counts.get(pattern, 0)) for pattern in possible}

    def of_pattern(self, pattern: str) -> pd.DataFrame:
        """Its rows, those first to which wrong classes were given the most; the index is their place."""
        rows = self.table[self.table["pattern"] == pattern]
        return rows.sort_values(["rival", "source", "key"], ascending=[False, True, True])


_FEWEST = {ONE_WRONG: 3, MIXED: 4}
"""Fewest models among which a pattern can occur: of three, either one is right or one is wrong."""


def agreement(tables: Mapping[str, Predictions]) -> Agreement:
    """How the predictions of these models, by name, agree on the cells that all tables have.

    CheckpointError as in `align`; ValueError for fewer than two models.
    """
    if len(tables) < 2:
        raise ValueError(f"agreement is between two models or more, not {len(tables)}")
    aligned = align(tables)
    first = next(iter(aligned.values()))
    classes, labels = np.array(first.classes), first.labels
    probabilities = {name: predictions.probabilities for name, predictions in aligned.items()}
    predicted = np.stack([p.argmax(axis=1) for p in probabilities.values()], axis=1)
    columns = {}
    rival = np.zeros(len(first))
    for number, (name, p) in enumerate(probabilities.items()):
        columns[f"predicted_{name}"] = classes[predicted[:, number]]
        columns[f"confidence_{name}"] = p.max(axis=1)
        p[np.arange(len(p)), labels] = 0.0  # ours to change: a copy out of the table
        rival += p.max(axis=1) / len(aligned)
    right = (predicted == labels[:, None]).sum(axis=1)
    facts = first.table[[name for name in first.table.columns if not str(name).startswith((PREFIX, "distance"))]]
    table = facts.assign(pattern=_patterns(predicted, right), right=right, **columns, rival=rival)
    return Agreement(tuple(aligned), table)


def _patterns(predicted: npt.NDArray[np.intp], right: npt.NDArray[np.intp]) -> npt.NDArray[np.str_]:
    """predicted: (N, M) class numbers of M models; right: (N,) how many of them are right. Returns (N,) patterns."""
    models = predicted.shape[1]
    alike = (predicted == predicted[:, :1]).all(axis=1)
    conditions = {
        ALL_RIGHT: right == models,
        ALIKE: (right == 0) & alike,
        DIFFERENTLY: right == 0,
        ONE_RIGHT: right == 1,
        ONE_WRONG: right == models - 1,
    }
    return np.select(list(conditions.values()), list(conditions), default=MIXED)
