"""Several checkpoints on the same cells: sentences and tables."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from app.parts import words
from app.parts.load import Scored
from core.cells import LabelSpace

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint

SPLITS = {"test": "test cells", "val": "validation cells"}

MEASURES = {
    "Sensitivity": ("sensitivity", "Of the cells that are of a class, the share that the model calls so."),
    "Specificity": ("specificity", "Of all cells of other classes, the share that the model does not call so."),
    "Precision": ("precision", "Of the cells that the model calls a class, the share that are of it."),
    "F1": ("f1", "Sensitivity and precision in one figure (their harmonic mean)."),
}


def ranked(tested: Mapping[str, Scored]) -> list[str]:
    """Names, the most accurate first."""
    return sorted(tested, key=lambda name: -tested[name].report.accuracy.value)


def verdict(tested: Mapping[str, Scored]) -> str:
    """Which of the models to trust, as far as these figures can say."""
    best, *others = ranked(tested)
    if not others:
        return f"**{best}** is the only model here."
    second = others[0]
    if tested[best].report.accuracy.low > tested[second].report.accuracy.high:
        return f"Of these, **{best}**: it is right more often than all others by more than chance would explain."
    close = [name for name in others if tested[name].report.accuracy.high >= tested[best].report.accuracy.low]
    return (
        f"These cells cannot tell {words.join([f'**{name}**' for name in (best, *close)])} apart: the ranges overlap."
    )


def accuracies(tested: Mapping[str, Scored]) -> str:
    """How often each model is right."""
    names = ranked(tested)
    report = tested[names[0]].report
    figures = {name: words.rate(tested[name].report.accuracy) for name in names}
    others = [f"**{name}** on {figures[name]}" for name in names[1:]]
    tail = f", {words.join(others)}" if others else ""
    first = f"**{names[0]}** is right on {figures[names[0]]}"
    return f"On {report.n:,} {SPLITS[report.split]}, {first}{tail}. The ranges are 95 % intervals."


def weakness(name: str, tested: Scored, space: LabelSpace) -> str:
    """The class that a model misses most, and its commonest mistake."""
    known = [one for one in tested.report.per_class if one.n]
    worst = min(known, key=lambda one: one.sensitivity.value)
    wrong = tested.confusion - np.diag(np.diag(tested.confusion))
    found = (
        f"{name} finds {words.rate(worst.sensitivity)} of the cells of its hardest class, {_lower(space, worst.key)}."
    )
    if not wrong.any():
        return f"{found} It made no mistake here."
    true, said = np.unravel_index(wrong.argmax(), wrong.shape)
    a, b = space.classes[true].name, space.classes[said].name
    return (
        f"{found} Its commonest mistake is to call {words.article(a)} {words.article(b)} "
        f"({wrong[true, said]:,} of {tested.confusion[true].sum():,})."
    )


def _lower(space: LabelSpace, key: str) -> str:
    return space[key].name.lower()


def overview(found: "Sequence[Checkpoint]", tested: Mapping[str, Scored]) -> pd.DataFrame:
    """One row a model, in words fit to be read; the most accurate first."""
    cards = {checkpoint.name: checkpoint for checkpoint in found}
    rows = []
    for name in ranked(tested):
        report, checkpoint = tested[name].report, cards[name]
        macro = report.macro
        rows.append(
            {
                "Model": name,
                "Accuracy": words.rate(report.accuracy),
                "Sensitivity": _macro(macro.recall, report.n),
                "Specificity": _macro(macro.specificity, report.n),
                "Precision": _macro(macro.precision, report.n),
                "F1": _macro(macro.f1, report.n),
                "Calibration error": _macro(report.ece, report.n),
                "Input": f"{report.input_size} px",
                "Parameters": f"{checkpoint.card.parameters:,}",
                "Size": words.megabytes(checkpoint.bytes),
            }
        )
    return pd.DataFrame(rows)


def _macro(value: float, n: int) -> str:
    return "not known" if np.isnan(value) else f"{100 * value:.{1 if n >= 1000 else 0}f}{words.SPACE}%"


def per_class(tested: Mapping[str, Scored], space: LabelSpace) -> pd.DataFrame:
    """One row a model and class: figures with their intervals, in words."""
    return pd.DataFrame(
        {
            "Model": name,
            "Class": space[one.key].name,
            "Cells": one.n,
            **{title: words.rate(getattr(one, attribute)) for title, (attribute, _) in MEASURES.items()},
            "Remark": "soft: fewer than 30 cells" if one.soft else "",
        }
        for name in ranked(tested)
        for one in tested[name].report.per_class
    )


def per_class_csv(tested: Mapping[str, Scored]) -> str:
    """The same as plain numbers."""
    rows = []
    for name in ranked(tested):
        report = tested[name].report.to_dict()
        for one in report["per_class"]:
            bounds = {
                f"{attribute}{'' if end == 'value' else '_' + end}": one[attribute][end]
                for attribute, _ in MEASURES.values()
                for end in ("value", "low", "high")
            }
            rows.append({"model": name, "split": report["split"], "class": one["class"], "n": one["n"], **bounds})
    return pd.DataFrame(rows).to_csv(index=False)


def overview_csv(found: "Sequence[Checkpoint]", tested: Mapping[str, Scored]) -> str:
    """The overview as plain numbers."""
    cards = {checkpoint.name: checkpoint for checkpoint in found}
    rows = []
    for name in ranked(tested):
        report = tested[name].report.to_dict()
        accuracy, macro = report["accuracy"], report["macro"]
        rows.append(
            {
                "model": name,
                "sha256": cards[name].card.sha256,
                **{key: report[key] for key in ("architecture", "input_size", "source", "split", "n")},
                "accuracy": accuracy["value"],
                "accuracy_low": accuracy["low"],
                "accuracy_high": accuracy["high"],
                **{f"macro_{key}": value for key, value in macro.items()},
                "ece": report["ece"],
                "parameters": cards[name].card.parameters,
                "bytes": cards[name].bytes,
            }
        )
    return pd.DataFrame(rows).to_csv(index=False)


def matrix(counts: np.ndarray, space: LabelSpace) -> pd.DataFrame:
    """A confusion matrix with the classes' names: rows the true class, columns what the model said."""
    return pd.DataFrame(counts, index=[f"was {name}" for name in space.names], columns=list(space.names))


def matrix_in_words(name: str, tested: Scored, space: LabelSpace) -> str:
    """A matrix as text: the diagonal's sum and the three commonest mistakes."""
    counts = tested.confusion
    wrong = counts - np.diag(np.diag(counts))
    order = np.argsort(wrong, axis=None)[::-1][:3]
    pairs = [np.unravel_index(place, wrong.shape) for place in order]
    mistakes = [
        f"{space.classes[a].name} called {space.classes[b].name}: {wrong[a, b]}" for a, b in pairs if wrong[a, b]
    ]
    return (
        f"Confusion matrix of {name}: {np.trace(counts):,} of {counts.sum():,} cells right. "
        f"Commonest mistakes: {'; '.join(mistakes) or 'none'}."
    )
