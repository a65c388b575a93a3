"""The parts of the page that shows one model in depth."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from app.shared import charts, glossary, load, photos, plots, scoping, words
from app.shared.figures import comparison, confusion, interval_charts
from app.shared.load import Scored
from app.shared.saving import save_csv
from core.errors import CheckpointError
from core.evaluation.reliability import Bin, reliability
from core.evaluation.results.predictions import Predictions
from core.evaluation.scope import Scope
from core.evaluation.subtypes import Subtype, subtypes
from core.labels import LabelSpace

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint

WORST = 12
"""Wrong answers that are shown with their photographs."""

SIDE = 140


@dataclass(frozen=True)
class Answers:
    """What a model said of the chosen cells."""

    scope: Scope
    table: Predictions
    scored: Scored

    @property
    def cells(self) -> str:
        return f"{len(self.table):,} {comparison.SPLITS.get(self.scope.split, 'cells')}"


def answers(model: "Checkpoint") -> Answers | None:
    """Its answers to the cells that are chosen; None, and a sentence, where its table cannot be read."""
    try:
        load.scopes(model)
        scope = scoping.choose([model])
        return Answers(scope, load.predictions(model, scope), load.tested(model, scope)) if scope else None
    except CheckpointError as error:
        st.warning(f"There are no figures of **{words.plain(model.name)}**. {words.plain(str(error))}")
        return None


def in_short(model: "Checkpoint", told: Answers) -> None:
    """The page's question answered in words, and three figures."""
    report = told.scored.report
    st.markdown(f"#### Of {told.cells}, {words.plain(model.name)} names {words.rate(report.accuracy)} rightly.")
    st.markdown(
        f"{comparison.weakness(model.name, told.scored, model.space)} In brackets: 95 % {glossary.link('interval')}s."
    )
    first, second, third = st.columns(3)
    first.metric("Right", words.share(report.accuracy), help=f"95 % interval: {words.bounds(report.accuracy)} %")
    second.metric("Each class counted alike", words.share(report.balanced_accuracy))
    third.metric("Calibration error", f"{100 * report.ece:.1f}{words.SPACE}%")
    st.caption(
        f"Each interval takes cells to be independent, which cells of one patient are not. "
        f"{words.plain(model.card.limits)}"
    )


def classes(model: "Checkpoint", told: Answers, style: charts.Style) -> None:
    """Figures of each class."""
    st.subheader("How well is each class told?", anchor=False)
    st.markdown(
        f"The chart shows {glossary.link('sensitivity')}: of the cells of a class, the share that is called so. "
        f"The table adds {glossary.link('specificity')}, {glossary.link('precision')} and {glossary.link('F1')}."
    )
    tested = {model.name: told.scored}
    chart = plots.sensitivities({model.name: told.scored.report.per_class}, {model.name: style}, model.space)
    _plotted(chart, f"classes-{model.name}")
    table = comparison.per_class(tested, model.space).drop(columns="Model")
    st.dataframe(table, hide_index=True, alt="One row for each class.")
    st.caption("Intervals: 95 %, Wilson's; for F1 through the Jaccard index, which is a proportion.")
    save_csv("classes", lambda: comparison.per_class_csv(tested))


def finer(model: "Checkpoint", told: Answers) -> None:
    """Figures of the finer kinds within classes, where the data set's files name them."""
    found = subtypes(told.table)
    if not found:
        return
    space = model.space
    st.subheader("And the finer kinds within a class?", anchor=False)
    st.markdown(
        "The model does not tell these apart. The names of the data set's files do, so it can be counted how often "
        "cells of each kind are called by the class that they belong to."
    )
    _plotted(_finer_chart(found, space), f"subtypes-{model.name}")
    table = finer_table(found, space)
    st.dataframe(table, hide_index=True, alt="One row for each finer kind, under its class.")
    save_csv("subtypes", lambda: finer_csv(found))


def _finer_chart(found: Sequence[Subtype], space: LabelSpace) -> plots.Intervals:
    """One mark a kind, in the colour of its class."""
    series = []
    for number, parent in enumerate(dict.fromkeys(one.parent for one in found)):
        figures = tuple(one.right if one.parent == parent else plots.UNKNOWN for one in found)
        style = (space[parent].colour, charts.SYMBOLS[number])
        series.append(plots.Series(space[parent].name, style, figures, tuple(one.soft for one in found)))
    rows = tuple(f"{finer_name(one, space)} ({one.n:,})" for one in found)
    return plots.Intervals("Called by its class", rows, tuple(series), legend=False)


def finer_name(one: Subtype, space: LabelSpace) -> str:
    """Short: beside a chart on a phone there is little room."""
    return one.name if one.key else f"{space[one.parent].abbreviation}, {one.name}"


def finer_table(found: Sequence[Subtype], space: LabelSpace) -> pd.DataFrame:
    """The finer kinds under their classes, in words."""
    return pd.DataFrame(
        {
            "Class": space[one.parent].name,
            "Kind": one.name[0].upper() + one.name[1:],
            "Cells": one.n,
            "Called by its class": words.rate(one.right),
            "Called otherwise": ", ".join(f"{space[key].name.lower()} {count}" for key, count in one.called) or "never",
            "Remark": "soft: fewer than 30 cells" if one.soft else "",
        }
        for one in found
    )


def finer_csv(found: Sequence[Subtype]) -> str:
    """The same as plain numbers."""
    rows = [
        {
            "class": one.parent,
            "subtype": one.key,
            "n": one.n,
            "called_by_class": one.right.value,
            "low": one.right.low,
            "high": one.right.high,
        }
        for one in found
    ]
    return pd.DataFrame(rows).to_csv(index=False)


def mixed_up(model: "Checkpoint", told: Answers) -> None:
    """The confusion matrix, and the cells behind its squares."""
    confusion.mistakes([model], {model.name: told.table}, model.space)


def calibration(told: Answers, style: charts.Style) -> None:
    """Whether its confidence is true to its word."""
    p, truth = told.table.probabilities, told.table.labels
    bins = reliability(p, truth)
    st.subheader("Is its confidence true to its word?", anchor=False)
    st.markdown(f"{calibration_in_words(bins)} This is called {glossary.link('calibration')}.")
    left, right = st.columns([3, 2], gap="large")
    with left:
        told_bins = "; ".join(f"stated {words.percent(one.confidence)}, right {words.rate(one.right)}" for one in bins)
        figure, config = interval_charts.reliability(bins, style), charts.saved_as("calibration")
        alt = f"Share of right answers by stated confidence. {told_bins}."
        st.plotly_chart(figure, key="calibration", config=config, alt=alt)
        st.caption(
            "Each mark: as many cells as every other, the least sure first. On the dotted line all is as stated."
        )
    with right:
        measured = load.calibration(told.table)
        st.metric("Calibration error (ECE)", f"{100 * measured.ece.value:.2f}{words.SPACE}%")
        st.metric("Brier score", f"{measured.brier.value:.4f}", help="0 is perfect, 2 is the worst there can be.")
        st.metric("Negative log-likelihood", f"{measured.likelihood.value:.4f}", help="In nats; 0 is perfect.")
        st.caption(
            f"Of all three, less is better. 95 % bootstrap intervals: {100 * measured.ece.low:.2f} to "
            f"{100 * measured.ece.high:.2f} %, {measured.brier.low:.4f} to {measured.brier.high:.4f}, "
            f"{measured.likelihood.low:.4f} to {measured.likelihood.high:.4f}. Drawing cells anew adds noise to each "
            "bin, so the first interval lies too high."
        )
    with st.expander("The table"):
        table = bins_table(bins)
        st.dataframe(table, hide_index=True, alt="One row for each group of cells, the least sure first.")
        save_csv("calibration", lambda: table.to_csv(index=False))


def calibration_in_words(bins: Sequence[Bin]) -> str:
    """Whether it promises too much or too little, over all cells."""
    n = sum(one.n for one in bins)
    stated = sum(one.confidence * one.n for one in bins) / n
    right = sum(one.right.value * one.n for one in bins) / n
    gap = 100 * (stated - right)
    told = f"On average it states {100 * stated:.1f}{words.SPACE}% and is right on {100 * right:.1f}{words.SPACE}%"
    if abs(gap) < 0.5:
        return f"{told}: it promises neither too much nor too little."
    return f"{told}: it promises {abs(gap):.1f} points too {'much' if gap > 0 else 'little'}."


def bins_table(bins: Sequence[Bin]) -> pd.DataFrame:
    """Plain numbers, from 0 to 1."""
    return pd.DataFrame(
        {
            "Stated, mean": one.confidence,
            "from": one.lowest,
            "to": one.highest,
            "Cells": one.n,
            "Right": one.right.value,
            "Low": one.right.low,
            "High": one.right.high,
        }
        for one in bins
    )


def worst_rows(table: Predictions) -> np.ndarray:
    """Rows of the wrong answers, the most confident first; of equals in the order of the table."""
    confidence = table.probabilities.max(axis=1)
    wrong = np.flatnonzero(table.predicted != table.labels)
    return wrong[np.argsort(-confidence[wrong], kind="stable")]


def worst(model: "Checkpoint", told: Answers) -> None:
    """The most confident wrong answers, with photographs where the source is at hand."""
    rows = worst_rows(told.table)
    st.subheader("Where is it wrong, and sure of it?", anchor=False)
    if not len(rows):
        st.markdown(f"Nowhere: it is right on all of these {told.cells}.")
        return
    st.markdown(
        f"It is wrong on {len(rows):,} of {told.cells}. Here are those of which it was surest; some may be right and "
        "the label wrong."
    )
    there = photos.source(told.scope.source) is not None
    if there:
        _pictures(model, told.table, rows[:WORST])
    else:
        st.info(photos.how_to_get(told.scope.source), icon=":material/photo_library:")
    listed = worst_table(told.table, rows, model.space)
    with st.expander(f"All {words.count(len(rows), 'wrong answer')}", expanded=not there):
        st.dataframe(listed, hide_index=True, alt="One row for each wrong answer, the most confident first.")
        save_csv("wrong", lambda: listed.to_csv(index=False))


def _pictures(model: "Checkpoint", table: Predictions, rows: np.ndarray) -> None:
    sure = table.probabilities.max(axis=1)
    with st.container(horizontal=True):
        for row in rows:
            true, said = (model.space.classes[int(found[row])] for found in (table.labels, table.predicted))
            key = str(table.table["key"].iloc[row])
            picture = photos.small(str(table.table["source"].iloc[row]), key, SIDE)
            with st.container(width=SIDE, gap="small"):
                if picture is not None:
                    st.image(picture, width=SIDE, alt=f"{true.name} that was called {words.article(said.name)}.")
                st.caption(f"{true.name}, called **{said.name.lower()}**, {words.percent(sure[row])}")


def worst_table(table: Predictions, rows: np.ndarray, space: LabelSpace) -> pd.DataFrame:
    sure = table.probabilities
    return pd.DataFrame(
        {
            "File": table.table["key"].to_numpy()[rows],
            "It was": [space.names[number] for number in table.labels[rows]],
            "Called": [space.names[number] for number in table.predicted[rows]],
            "Confidence": [round(float(sure[row].max()), 4) for row in rows],
            "Given to the right class": [round(float(sure[row, table.labels[row]]), 4) for row in rows],
        }
    )


def _plotted(chart: plots.Intervals, name: str) -> None:
    soft = " Hollow marks: fewer than 30 cells, so the figure is soft." if plots.any_soft(chart) else ""
    st.plotly_chart(interval_charts.intervals(chart), key=name, config=charts.saved_as(name), alt=chart.alt)
    st.caption(f"The line through a mark is its 95 % interval; the number of cells is in brackets.{soft}")
