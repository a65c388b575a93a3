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
    listed = [f"**{name}**" for name in (best, *close)]
    if len(listed) > NAMED:
        listed = [*listed[: NAMED - 1], f"{words.count(len(listed) - NAMED + 1, 'more model')}"]
    return f"These cells cannot tell {words.join(listed)} apart: the ranges overlap."


def accuracies(tested: Mapping[str, Scored]) -> str:
    """How often the most accurate models are right, and from where to where the others are."""
    names = ranked(tested)
    report = tested[names[0]].report
    figures = {name: words.rate(tested[name].report.accuracy) for name in names}
    first = f"**{names[0]}** is right on {figures[names[0]]}"
    if len(names) > NAMED:
        ends = [words.share(tested[name].report.accuracy) for name in (names[-1], names[1])]
        tail = f", the other {len(names) - 1} models on {ends[0]} to {ends[1]}"
    else:
        others = [f"**{name}** on {figures[name]}" for name in names[1:]]
        tail = f", {words.join(others)}" if others else ""
    return f"On {report.n:,} {SPLITS[report.split]}, {first}{tail}. The ranges in brackets are 95 % intervals."


def by_validation(best: str, champion: str, others: int) -> str:
    """Which model is first by the cells that are there to choose by, and with which Read begins."""
    if not others:
        return ""
    first = f"By the validation cells, which are there to choose by, **{best}** comes first"
    if champion == best:
        return f"{first}: Read begins with it."
    return f"{first}, and of the single networks, which answer faster, **{champion}**: Read begins with that one."


def weakness(name: str, tested: Scored, space: LabelSpace) -> str:
    """The class that a model misses most, and its commonest mistake."""
    known = [one for one in tested.report.per_class if one.n]
    worst = min(known, key=lambda one: one["sensitivity"].value)
    wrong = tested.confusion - np.diag(np.diag(tested.confusion))
    share = words.rate(worst["sensitivity"])
    found = f"{name} finds {share} of the cells of its hardest class, {_lower(space, worst.key)}."
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


def overview(tested: Mapping[str, Scored], costs: Mapping[str, Cost]) -> pd.DataFrame:
    """One row a model, all columns but the name plain numbers, so that they sort; the most accurate first.

    Rates in percent; low and high are the ends of the accuracy's interval; NaN: not known.
    """
    rows = []
    for name in ranked(tested):
        report, cost = tested[name].report, costs[name]
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


def per_class(tested: Mapping[str, Scored], space: LabelSpace) -> pd.DataFrame:
    """One row a model and class: figures with their intervals, in words."""
    return pd.DataFrame(
        {
            "Model": name,
            "Class": space[one.key].name,
            "Cells": one.n,
            **{CLASS_METRICS[name].title: words.rate(one[name]) for name in _measured(tested)},
            "Remark": "soft: fewer than 30 cells" if one.soft else "",
        }
        for name in ranked(tested)
        for one in tested[name].report.per_class
    )


def _measured(tested: Mapping[str, Scored]) -> list[str]:
    """The metrics that have been worked out for all of these models: areas take longer and may be wanting."""
    rows = [row for scored in tested.values() for row in scored.report.per_class]
    return [name for name in CLASS_METRICS if all(name in row.figures for row in rows)]


def per_class_csv(tested: Mapping[str, Scored]) -> str:
    """The same as plain numbers."""
    rows = []
    for name in ranked(tested):
        report = tested[name].report.to_dict()
        for one in report["per_class"]:
            bounds = {
                f"{attribute}{ending}": one[attribute][end]
                for attribute in _measured(tested)
                for end, ending in ENDS.items()
            }
            rows.append({"model": name, "split": report["split"], "class": one["class"], "n": one["n"], **bounds})
    return pd.DataFrame(rows).to_csv(index=False)


def overview_csv(found: "Sequence[Checkpoint]", tested: Mapping[str, Scored], costs: Mapping[str, Cost]) -> str:
    """The overview as plain numbers."""
    cards = {checkpoint.name: checkpoint for checkpoint in found}
    rows = []
    for name in ranked(tested):
        report = tested[name].report.to_dict()
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
    wrong = counts - np.diag(np.diag(counts))
    pairs = [np.unravel_index(place, wrong.shape) for place in np.argsort(-wrong, axis=None, kind="stable")[:3]]
    told = [f"{space.names[a]} called {space.names[b]}: {wrong[a, b]}" for a, b in pairs if wrong[a, b]]
    return (
        f"Confusion matrix of {name}: {np.trace(counts):,} of {counts.sum():,} {units} right. "
        f"Commonest mistakes: {'; '.join(told) or 'none'}."
    )
