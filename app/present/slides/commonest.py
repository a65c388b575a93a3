"""The commonest mistakes of the model, counted."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from app.present.content import Slide, SlideTable
from app.present.registry import MAKERS, Maker
from app.present.subject import Subject
from app.shared import words
from core.evaluation.intervals import wilson

MOST = 6


def make(subject: Subject) -> Iterator[Slide]:
    """None of a model that makes no mistake."""
    shown = subject.shown
    name = shown.first.name
    counts = shown.scored[name].confusion
    mistakes = counts - np.diag(np.diag(counts))
    pairs = [np.unravel_index(place, mistakes.shape) for place in np.argsort(-mistakes, axis=None, kind="stable")]
    pairs = [pair for pair in pairs[:MOST] if mistakes[pair]]
    if not pairs:
        return
    listed = int(sum(mistakes[pair] for pair in pairs))
    of = f"the {mistakes.sum():,}" if listed < mistakes.sum() else f"all {mistakes.sum():,}"
    table = pd.DataFrame(
        {
            "It was": shown.space.names[true],
            "It was called": shown.space.names[predicted],
            "Cells": f"{mistakes[true, predicted]:,}",
            "Of that class": words.rate(wilson(int(mistakes[true, predicted]), int(counts[true].sum()))),
        }
        for true, predicted in pairs
    )
    kinds = "mix-up accounts" if len(pairs) == 1 else "mix-ups account"
    yield Slide(
        title=f"{len(pairs)} {kinds} for {listed:,} of {of} mistakes of {name}."
        if listed < mistakes.sum()
        else f"These are {of} mistakes of {name}.",
        body=SlideTable(table),
        caption=f"In brackets: 95{words.SPACE}% intervals.",
        notes="Some labels are in doubt: where a model and the label differ, the label may be the one that is wrong.",
    )


MAKERS.add(Maker("commonest", 72, make))
