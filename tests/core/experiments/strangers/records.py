"""Made-up records of ingredients."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from core.datasets.laboratories import training_laboratories
from core.evaluation.results.left_out import DOUBTED, fold_name
from core.evaluation.results.predictions import Predictions, stacked
from core.evaluation.results.records import RunFacts, save_record
from core.experiments.strangers.runs import EXPERIMENT, JUDGE
from core.labels import PBC8, WBC5
from core.training.classifier import HISTORY_COLUMNS

CELLS = 60


def said_of(lab: str, right: float, splits: Sequence[str] = ("val", "test"), sure: float = 0.86) -> pd.DataFrame:
    """Answers to CELLS cells of a laboratory, of which about the share `right` are right, and those the surer ones."""
    number = np.arange(CELLS)
    truth = number % len(WBC5)
    fine = number * 7 % CELLS < right * CELLS
    p = np.full((CELLS, len(PBC8)), 0.02)
    said = [PBC8.index(WBC5.keys[one]) for one in np.where(fine, truth, (truth + 1) % len(WBC5))]
    p[number, said] = np.where(fine, sure, 0.5) - number / 10_000
    p /= p.sum(axis=1, keepdims=True)
    return Predictions.from_arrays(
        source=lab,
        lab=lab,
        split=[splits[one // 2 % len(splits)] for one in number],
        keys=[str(one) for one in number],
        labels=[WBC5.keys[one] for one in truth],
        classes=PBC8.keys,
        probabilities=p,
        groups=[f"slide {one // 4}" for one in number],
    ).table


def save_fold(name: str, lab: str, right: float, root: Path | None = None, *, doubted: bool = False) -> None:
    """A fold of an ingredient whose network is right so often of all that it did not learn from."""
    facts = RunFacts(
        experiment=EXPERIMENT.name,
        name=fold_name(name, lab),
        title=name,
        note="Made up.",
        architecture="mobilenet_v2",
        input_size=128,
        parameters=1,
        recipe={},
        began_from="nothing",
        source=lab,
        split_note="Made up.",
        counts={},
        training={"cpu_seconds": 10},
        versions={},
    )
    splits = ("val", "test", DOUBTED) if doubted else ("val", "test")
    tables = [said_of(one, right, splits) for one in (lab, JUDGE)]
    save_record(facts, stacked(tables), pd.DataFrame(columns=list(HISTORY_COLUMNS)), root, halves=True)


def save_ingredient(name: str, right: float, root: Path | None = None) -> None:
    """All folds of an ingredient."""
    for lab in training_laboratories():
        save_fold(name, lab, right, root)
