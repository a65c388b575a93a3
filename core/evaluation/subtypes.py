"""How a model does on the subtypes within its classes, where the names of a source's files tell them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.evaluation.intervals import Rate, wilson
from core.evaluation.report import SOFT_BELOW
from core.evaluation.results.predictions import Predictions
from core.labels import PBC_FINE, PBC_SUBTYPES, subtype_of

PBC = "pbc"
"""The source whose file names begin with a subtype, such as neutrophil/BNE_1234.jpg."""


@dataclass(frozen=True)
class Subtype:
    """One subtype, and what a model called the n cells of it.

    key: of core.labels.PBC_FINE, "" for cells of the class of which the file says no more. parent: key of the
    class that the model knows. right: share called by that class, with Wilson's interval. called: the other
    classes that it was called, with counts, the commonest first.
    """

    key: str
    parent: str
    right: Rate
    called: tuple[tuple[str, int], ...]

    @property
    def name(self) -> str:
        return PBC_FINE[self.key].name if self.key else "not specified"

    @property
    def n(self) -> int:
        return self.right.n

    @property
    def soft(self) -> bool:
        """Whether too few images are of this subtype for its figure to be firm."""
        return self.n < SOFT_BELOW


def subtypes(predictions: Predictions) -> tuple[Subtype, ...]:
    """Every subtype among the PBC images of a table, under its class, in the order of the classes.

    Only classes of which some files tell a subtype; the rest of such a class comes last in it. Empty where
    the table has no such image, or where its classes are themselves the subtypes.
    """
    finer = np.array([subtype_of(key) for key in predictions.table["key"]])
    finer[(predictions.table["source"] != PBC).to_numpy()] = ""
    every: list[Subtype] = []
    for number, parent in enumerate(predictions.classes):
        if parent in PBC_SUBTYPES.values():
            continue
        of_class = predictions.labels == number
        named = [key for key in PBC_SUBTYPES.values() if (of_class & (finer == key)).any()]
        for key in [*named, ""] if named else []:
            rows = of_class & (finer == key)
            if rows.any():
                every.append(_subtype(key, number, predictions.classes, predictions.predicted[rows]))
    return tuple(every)


def _subtype(key: str, parent: int, classes: Sequence[str], predicted: npt.NDArray[np.intp]) -> Subtype:
    counts = np.bincount(predicted, minlength=len(classes))
    right = wilson(int(counts[parent]), len(predicted))
    counts[parent] = 0
    order = np.argsort(-counts, kind="stable")
    called = tuple((classes[place], int(counts[place])) for place in order if counts[place])
    return Subtype(key, classes[parent], right, called)
