"""Figures of a cross-validation, computed from the predictions of each fold's model for the cells left out of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.evaluation.confusion import confusion_matrix
from core.evaluation.metrics.registry import shown_in
from core.evaluation.results.predictions import Predictions
from core.evaluation.results.records import Record, RunFacts, records


def experiment_of(recipe: str) -> str:
    """The experiment under which the folds of a recipe are recorded."""
    return f"crossval-{recipe}"


def fold_name(number: int) -> str:
    """The name of a fold's record; folds count from 1."""
    return f"fold-{number}"


def split_name(number: int) -> str:
    """What a fold's left-out cells are called in the column `split` of its predictions."""
    return f"fold {number}"


@dataclass(frozen=True)
class CrossValidation:
    """k folds of one recipe. facts: those of the first fold; all have the same recipe.

    folds: one row a fold with `fold`, `n` left-out cells and the overall metrics that are shown of folds, of which
    the averages are over the classes that occur in the fold; recall is balanced accuracy under its other name.
    """

    facts: RunFacts
    folds: pd.DataFrame

    @property
    def mean(self) -> dict[str, float]:
        """Mean of each figure over the folds, each counted alike."""
        return {name: float(self.folds[name].mean()) for name in shown_in("folds")}

    @property
    def sd(self) -> dict[str, float]:
        """Standard deviation between folds (n - 1); folds share training cells, so it is not a standard error."""
        return {name: float(self.folds[name].std(ddof=1)) for name in shown_in("folds")}

    def to_dict(self) -> dict[str, Any]:
        """As `python -m core crossval --json` prints it: plain numbers and text."""
        return {
            "recipe": self.facts.recipe,
            "source": self.facts.source,
            "n": int(self.folds["n"].sum()),
            "mean": self.mean,
            "sd": self.sd,
            "folds": self.folds.to_dict("records"),
        }


def cross_validation(recipe: str, root: Path | None = None) -> CrossValidation | None:
    """The recorded folds of a recipe; None where there are none."""
    folds = records(experiment_of(recipe), root)
    folds.sort(key=lambda record: int(record.facts.name.removeprefix(fold_name(0)[:-1])))
    return of_records(folds) if folds else None


def of_records(folds: list[Record]) -> CrossValidation:
    """The figures of one or more folds."""
    rows = [figures(record.predictions()) for record in folds]
    return CrossValidation(folds[0].facts, pd.DataFrame(rows).assign(fold=range(1, len(rows) + 1)))


def figures(predictions: Predictions) -> dict[str, float]:
    """n and the overall metrics that are shown of folds, of all images of a table."""
    counts = confusion_matrix(predictions.labels, predictions.predicted, len(predictions.classes))
    return {"n": int(np.sum(counts))} | {
        name: float(metric.value(counts, predictions.probabilities, predictions.labels))
        for name, metric in shown_in("folds").items()
    }
