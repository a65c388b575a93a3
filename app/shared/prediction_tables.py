"""What models said of single images: tables side by side, as lists and in words."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from app.shared import words
from core.evaluation.results.predictions import PREFIX, Predictions
from core.evaluation.uncertainty import verdict
from core.labels import LabelSpace

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint


def listing(told: Mapping[str, Predictions], rows: Sequence[int], space: LabelSpace) -> pd.DataFrame:
    """One row an image: where it is from, its true class, and each model's answer with its confidence.

    told: tables with the same rows in the same order; rows: which of them, in the order wanted.
    """
    first = next(iter(told.values()))
    wanted = list(rows)
    names = np.array(space.names)
    table = first.table.iloc[wanted]
    columns = {"Source": table["source"], "File": table["key"], "True class": names[first.labels[wanted]]}
    for name, one in told.items():
        columns[f"{name} says"] = names[one.predicted[wanted]]
        columns[f"{name}, sure"] = one.probabilities[wanted].max(axis=1)
    return pd.DataFrame(columns).reset_index(drop=True)


def raw(told: Mapping[str, Predictions], rows: Sequence[int]) -> pd.DataFrame:
    """The same with all probabilities, as plain keys and numbers."""
    first = next(iter(told.values()))
    wanted = list(rows)
    keys = np.array(first.classes)
    table = first.table.iloc[wanted][["source", "lab", "split", "key", "label"]].rename(columns={"key": "file"})
    for name, one in told.items():
        table[f"{name}_says"] = keys[one.predicted[wanted]]
        table[f"{name}_confidence"] = one.probabilities[wanted].max(axis=1)
        for key in one.classes:
            table[f"{name}_{PREFIX}{key}"] = one.table[PREFIX + key].to_numpy()[wanted]
    return table.reset_index(drop=True)


def verdicts(checkpoint: "Checkpoint", told: Predictions) -> list[str]:
    """Of each row whether the model answers, as words.VERDICTS has it, by its own threshold and gate."""
    answering = checkpoint.card.answering
    threshold = answering.probability if answering else None
    sure, distance = told.probabilities.max(axis=1), told.table["distance"]
    return [words.VERDICTS[verdict(p, far, threshold)] for p, far in zip(sure, distance, strict=True)]


def in_words(told: Predictions, row: int, space: LabelSpace) -> str:
    """A model's probabilities for one row: the two likeliest classes, and the true one where it is not of them."""
    p = told.probabilities[row]
    order = list(np.argsort(-p, kind="stable")[:2])
    truth = int(told.labels[row])
    return ", ".join(
        f"{space.classes[number].name.lower()} {words.percent(float(p[number]))}"
        for number in [*order, *([truth] if truth not in order else [])]
    )
