"""Predictions of single images: those of several models side by side, as lists and in words."""

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


def listing(predictions: Mapping[str, Predictions], rows: Sequence[int], space: LabelSpace) -> pd.DataFrame:
    """One row an image: where it is from, its true class, and each model's answer with its confidence.

    predictions: tables with the same rows in the same order; rows: which of them, in the order wanted.
    """
    first = next(iter(predictions.values()))
    rows = list(rows)
    names = np.array(space.names)
    images = first.table.iloc[rows]
    columns = {"Source": images["source"], "File": images["key"], "True class": names[first.labels[rows]]}
    for name, table in predictions.items():
        columns[f"{name} says"] = names[table.predicted[rows]]
        columns[f"{name}, sure"] = table.probabilities[rows].max(axis=1)
    return pd.DataFrame(columns).reset_index(drop=True)


def raw(predictions: Mapping[str, Predictions], rows: Sequence[int]) -> pd.DataFrame:
    """The same with all probabilities, as plain keys and numbers."""
    first = next(iter(predictions.values()))
    rows = list(rows)
    keys = np.array(first.classes)
    listed = first.table.iloc[rows][["source", "lab", "split", "key", "label"]].rename(columns={"key": "file"})
    for name, table in predictions.items():
        listed[f"{name}_says"] = keys[table.predicted[rows]]
        listed[f"{name}_confidence"] = table.probabilities[rows].max(axis=1)
        for key in table.classes:
            listed[f"{name}_{PREFIX}{key}"] = table.table[PREFIX + key].to_numpy()[rows]
    return listed.reset_index(drop=True)


def verdicts(checkpoint: "Checkpoint", predictions: Predictions) -> list[str]:
    """Of each row whether the model answers, as words.VERDICTS has it, by its own thresholds."""
    answering = checkpoint.classifier.abstain
    threshold = answering.probability if answering else None
    confidences, distances = predictions.probabilities.max(axis=1), predictions.table["distance"]
    return [words.VERDICTS[verdict(p, distance, threshold)] for p, distance in zip(confidences, distances, strict=True)]


def in_words(predictions: Predictions, row: int, space: LabelSpace) -> str:
    """A model's probabilities for one row: the two likeliest classes, and the true one where it is not of them."""
    p = predictions.probabilities[row]
    order = list(np.argsort(-p, kind="stable")[:2])
    truth = int(predictions.labels[row])
    return ", ".join(
        f"{space.classes[number].name.lower()} {words.percent(float(p[number]))}"
        for number in [*order, *([truth] if truth not in order else [])]
    )
