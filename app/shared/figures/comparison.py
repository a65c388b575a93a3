"""Several checkpoints on the same cells: sentences and tables."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from app.shared import words
from app.shared.figures.costs import Cost
from app.shared.load import Scored
from core.evaluation.metrics.registry import CLASS_METRICS, shown_in
from core.labels import LabelSpace

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint
    from core.evaluation.report import Report

SPLITS = {"test": "test cells", "val": "validation cells"}

ENDS = {"value": "", "low": "_low", "high": "_high"}
"""By part of a figure with its interval, what its column's name ends in."""

NAMED = 5
"""At most so many models are named in one sentence."""


def ranked(scores: Mapping[str, Scored]) -> list[str]:
    """Names, the most accurate first."""
    return sorted(scores, key=lambda name: -scores[name].report.accuracy.value)


def verdict(scores: Mapping[str, Scored]) -> str:
    """Which of the models to trust, as far as these figures can say."""
    best, *others = ranked(scores)
    if not others:
        return f"**{best}** is the only model here."
    second = others[0]
    if scores[best].report.accuracy.low > scores[second].report.accuracy.high:
        return f"Of these, **{best}**: it is right more often than every other, by more than chance would explain."
    close = [name for name in others if scores[name].report.accuracy.high >= scores[best].report.accuracy.low]
    names = [f"**{name}**" for name in (best, *close)]
    if len(names) > NAMED:
        names = [*names[: NAMED - 1], f"{words.count(len(names) - NAMED + 1, 'more model')}"]
    return f"These cells cannot tell {words.join(names)} apart: the ranges overlap."


def accuracies(scores: Mapping[str, Scored]) -> str:
    """How often the most accurate models are right, and from where to where the others are."""
    names = ranked(scores)
    report = scores[names[0]].report
    figures = {name: words.rate(scores[name].report.accuracy) for name in names}
    first = f"**{names[0]}** is right on {figures[names[0]]}"
    if len(names) > NAMED:
        ends = [words.share(scores[name].report.accuracy) for name in (names[-1], names[1])]
        tail = f", the other {len(names) - 1} models on {ends[0]} to {ends[1]}"
    else:
        others = [f"**{name}** on {figures[name]}" for name in names[1:]]
        tail = f", {words.join(others)}" if others else ""
    return f"On {report.n:,} {SPLITS[report.split]}, {first}{tail}. The ranges in brackets are 95 % intervals."


def by_validation(best: str, widest: str, others: int) -> str:
    """Which model is first by the cells that are there to choose by, and with which Read begins."""
    if not others:
        return ""
    first = f"On the validation cells, which are there for choosing, **{best}** comes first"
    if widest == best:
        return f"{first}, so Read and Count start with it."
    return (
        f"{first}. Read and Count start with **{widest}**, which learned from more laboratories and so reads photos of "
        "other ones better."
    )


def weakness(name: str, scored: Scored, space: LabelSpace) -> str:
    """The class that a model misses most, and its commonest mistake."""
    rows = [row for row in scored.report.per_class if row.n]
    worst = min(rows, key=lambda row: row["sensitivity"].value)
    mistakes = scored.confusion - np.diag(np.diag(scored.confusion))
    share = words.rate(worst["sensitivity"])
    sentence = f"{name} finds {share} of the cells of its hardest class, {_lower(space, worst.key)}."
    if not mistakes.any():
        return f"{sentence} It made no mistake here."
    true, predicted = np.unravel_index(mistakes.argmax(), mistakes.shape)
    a, b = space.classes[true].name, space.classes[predicted].name
    return (
        f"{sentence} Its most common mistake is to call {words.article(a)} {words.article(b)} "
        f"({mistakes[true, predicted]:,} of {scored.confusion[true].sum():,})."
    )


def _lower(space: LabelSpace, key: str) -> str:
    return space[key].name.lower()


def overview(scores: Mapping[str, Scored], costs: Mapping[str, Cost]) -> pd.DataFrame:
    """One row a model, all columns but the name plain numbers, so that they sort; the most accurate first.

    Rates in percent; low and high are the ends of the accuracy's interval; NaN: not known.
    """
    rows = []
    for name in ranked(scores):
        report, cost = scores[name].report, costs[name]
        rows.append(
            {
                "Model": name,
                **overall(report),
                "Input": report.input_size,
                "Parameters": cost.parameters,
                "Multiply-adds": cost.multiply_adds,
                "Size": cost.bytes / 1e6,
                "Time a cell": cost.milliseconds,
            }
        )
    return pd.DataFrame(rows)


def overall(report: "Report") -> dict[str, float]:
    """The overall figures of a model by their titles, shares in percent, with the ends of the accuracy's interval."""
    figures = {}
    for name, metric in shown_in("tables").items():
        scale = 100 if metric.share else 1
        figures[metric.head or metric.title] = scale * report[name].value
        if name == "accuracy":
            figures |= {"Low": scale * report.accuracy.low, "High": scale * report.accuracy.high}
    return figures


def per_class(scores: Mapping[str, Scored], space: LabelSpace) -> pd.DataFrame:
    """One row a model and class: figures with their intervals, in words."""
    return pd.DataFrame(
        {
            "Model": name,
            "Class": space[row.key].name,
            "Cells": row.n,
            **{CLASS_METRICS[name].title: words.rate(row[name]) for name in _measured(scores)},
            "Remark": "soft: fewer than 30 cells" if row.soft else "",
        }
        for name in ranked(scores)
        for row in scores[name].report.per_class
    )


def _measured(scores: Mapping[str, Scored]) -> list[str]:
    """The metrics that have been worked out for all of these models: areas take longer and may be wanting."""
    rows = [row for scored in scores.values() for row in scored.report.per_class]
    return [name for name in CLASS_METRICS if all(name in row.figures for row in rows)]


def per_class_csv(scores: Mapping[str, Scored]) -> str:
    """The same as plain numbers."""
    rows = []
    for name in ranked(scores):
        report = scores[name].report.to_dict()
        for row in report["per_class"]:
            bounds = {
                f"{attribute}{ending}": row[attribute][end]
                for attribute in _measured(scores)
                for end, ending in ENDS.items()
            }
            rows.append({"model": name, "split": report["split"], "class": row["class"], "n": row["n"], **bounds})
    return pd.DataFrame(rows).to_csv(index=False)


def overview_csv(models: "Sequence[Checkpoint]", scores: Mapping[str, Scored], costs: Mapping[str, Cost]) -> str:
    """The overview as plain numbers."""
    cards = {model.name: model for model in models}
    rows = []
    for name in ranked(scores):
        report = scores[name].report.to_dict()
        rows.append(
            {
                "model": name,
                "sha256": cards[name].card.sha256,
                **{key: report[key] for key in ("architecture", "input_size", "source", "split", "n")},
                **_plain(report),
                "parameters": cards[name].card.parameters,
                "multiply_adds": costs[name].multiply_adds,
                "bytes": costs[name].bytes,
                "ms_a_cell": costs[name].milliseconds,
            }
        )
    return pd.DataFrame(rows).to_csv(index=False)


def _plain(report: Mapping[str, Any]) -> dict[str, float | None]:
    """The overall figures of a report's JSON as columns; a figure with two names stands there under one."""
    columns: dict[str, float | None] = {}
    for name, metric in shown_in("report").items():
        if metric.same_as:
            continue
        if metric.mean_of is not None:
            columns[f"macro_{name}"] = report["macro"][name]
        elif metric.interval is not None:
            columns |= {f"{name}{ending}": report[name][end] for end, ending in ENDS.items()}
        else:
            columns[name] = report[name]
    return columns


def matrix(counts: np.ndarray, space: LabelSpace) -> pd.DataFrame:
    """A confusion matrix with the classes' names: rows the true class, columns what the model said."""
    return pd.DataFrame(counts, index=[f"was {name}" for name in space.names], columns=list(space.names))


def matrix_in_words(name: str, counts: np.ndarray, space: LabelSpace, units: str = "cells") -> str:
    """A matrix as text: how many are right and the three commonest mistakes."""
    mistakes = counts - np.diag(np.diag(counts))
    pairs = [np.unravel_index(place, mistakes.shape) for place in np.argsort(-mistakes, axis=None, kind="stable")[:3]]
    commonest = [f"{space.names[a]} called {space.names[b]}: {mistakes[a, b]}" for a, b in pairs if mistakes[a, b]]
    return (
        f"Confusion matrix of {name}: {np.trace(counts):,} of {counts.sum():,} {units} right. Most common mistakes: "
        f"{'; '.join(commonest) or 'none'}."
    )
