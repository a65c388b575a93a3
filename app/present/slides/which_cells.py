"""Which cells were asked about."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from app.present.content import Slide, SlideTable
from app.present.registry import MAKERS, Maker
from app.present.subject import Subject
from app.shared import words
from core.evaluation.report import SOFT_BELOW


def make(subject: Subject) -> Iterator[Slide]:
    shown = subject.shown
    predictions = next(iter(shown.together.predictions.values()))
    labs = sorted(set(predictions.table["lab"]))
    counts = np.bincount(predictions.labels, minlength=len(shown.space))
    remarks = ["none here" if not n else "few: read with care" if n < SOFT_BELOW else "" for n in counts]
    table = pd.DataFrame(
        {
            "Class": [*shown.space.names, "All"],
            "Cells": [f"{count:,}" for count in (*counts, shown.together.n)],
            **({"Remark": [*remarks, ""]} if any(remarks) else {}),
        }
    )
    trained = shown.models[0].card.trained
    yield Slide(
        title=f"The cells come from {words.join(labs)}.",
        lead=f"People named the class of each; there are {shown.cells}.",
        body=SlideTable(table),
        notes=f"{trained.citation} Licence: {trained.licence}. Split {trained.split_hash}.",
    )


MAKERS.add(Maker("which-cells", 30, make))
