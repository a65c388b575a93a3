"""Records with known answers, for every run of every study."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from core.evaluation.results.predictions import Predictions
from core.evaluation.results.records import Record, RunFacts, save_record
from core.experiments.studies import STUDIES, Study, StudyRun
from core.labels import LABEL_SPACES
from core.training.classifier import HISTORY_COLUMNS

COPIES = 4
PHOTOS = 40

Right = Callable[[StudyRun, str], float]
"""(run, split) -> share of photos that it is to be right on."""


def predictions(
    source: str, classes: tuple[str, ...], right: float, splits: tuple[str, ...], copies: int
) -> Predictions:
    """PHOTOS photos a split, the first `right` of them answered rightly in all copies; others one class off."""
    rows = []
    for split in splits:
        for photo in range(PHOTOS):
            truth = photo % len(classes)
            # Reversed in bits of the photo's number, so that right ones are spread over the classes.
            place = (photo * 17) % PHOTOS
            said = truth if place < round(right * PHOTOS) else (truth + 1) % len(classes)
            rows += [(split, photo, copy, truth, said) for copy in range(copies)]
    table = pd.DataFrame(rows, columns=["split", "photo", "copy", "truth", "said"])
    p = np.full((len(table), len(classes)), 0.1 / (len(classes) - 1))
    p[np.arange(len(table)), table["said"]] = 0.9
    names = [f"{row.split}-{row.photo}" for row in table.itertuples()]
    return Predictions.from_arrays(
        source=source,
        lab="nowhere",
        split=list(table["split"]),
        keys=[f"{name}-{copy}" for name, copy in zip(names, table["copy"], strict=True)],
        labels=[classes[number] for number in table["truth"]],
        classes=classes,
        probabilities=p,
        groups=names if copies > 1 else None,
    )


def save(study: Study, run: StudyRun, root: Path, right: float, val: float | None = None) -> Record:
    """A record of one run: right on that share of test photos, and of validation photos."""
    space = LABEL_SPACES["pbc8" if study.letter == "A" else "kaggle4"]
    copies = COPIES if study.letter in "BDE" else 1
    splits = ("test",) if run.way == "folds" else ("val", "test")
    parts = [
        predictions(
            run.recipe.source, space.keys, val if split == "val" and val is not None else right, (split,), copies
        )
        for split in splits
    ]
    table = Predictions(pd.concat([part.table for part in parts], ignore_index=True))
    history = pd.DataFrame(
        [[epoch, 0.1, 1 / epoch, 0.5, 1 / epoch, 0.5, 1, 28] for epoch in (1, 2)], columns=HISTORY_COLUMNS
    )
    facts = RunFacts(
        experiment=study.experiment.name,
        name=run.name,
        title=run.title,
        note=run.note,
        architecture=run.recipe.architecture,
        input_size=run.recipe.input_size,
        parameters=1,
        recipe=run.recipe.model_dump(mode="json"),
        began_from="random weights",
        source=run.recipe.source,
        split_note="Made up.",
        counts={"train": 10, "labelled neutrophil": 9, "kept neutrophil": 8, "trained neutrophil": 7},
        training={"best_epoch": 2, "epochs": 2, "seconds": 1},
        versions={},
    )
    return save_record(facts, table, history, root)


def save_all(root: Path, right: Right = lambda run, split: 0.7) -> None:
    """A record of every run of every study."""
    for study in STUDIES.values():
        for run in study.runs:
            save(study, run, root, right(run, "test"), right(run, "val"))
