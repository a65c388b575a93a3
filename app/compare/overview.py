"""The parts of the page that sets models side by side."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from app.compare.cost import how_timed
from app.shared import load, words
from app.shared.figures import comparison
from app.shared.figures.costs import Cost
from app.shared.load import Scored
from app.shared.saving import save_csv
from core.evaluation.metrics.registry import OverallMetric, shown_in
from core.evaluation.results.speeds import Speed

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint


ROW = 35
"""Pixels of a table's row, so that a table of all models shows them without scrolling."""


def answer(models: "Sequence[Checkpoint]", scores: Mapping[str, Scored]) -> None:
    """The page's question answered in words. models: the best by validation first."""
    best = comparison.ranked(scores)[0]
    model = next(model for model in models if model.name == best)
    st.markdown(f"## {comparison.verdict(scores)}")
    st.markdown(comparison.accuracies(scores))
    chosen_by_validation = comparison.by_validation(models[0].name, load.widest(models).name, len(models) - 1)
    st.markdown(f"{chosen_by_validation} {comparison.weakness(best, scores[best], model.space)}".strip())
    st.caption(
        f"{model.card.limits} Each interval assumes independent cells, which cells of one patient are not. "
        f"{_data(models, scores)}"
    )


def _data(models: "Sequence[Checkpoint]", scores: Mapping[str, Scored]) -> str:
    """Where the cells are from, and what makes the models' figures hard to set side by side."""
    scored_models = [model for model in models if model.name in scores]
    source = next(iter(scores.values())).report.source
    foreign = [model.name for model in scored_models if source not in model.card.learned_from]
    text = f"Data: {source}, with its split fixed file by file."
    if foreign:
        text += f" Trained on other data: {words.join(foreign)}."
    if len({model.space for model in scored_models}) > 1:
        text += " Not all of these models distinguish the same classes, and fewer classes are easier."
    elif len({score.report.n for score in scores.values()}) > 1:
        text += " Not all of these models were tested on the same cells."
    return text


def show(
    models: "Sequence[Checkpoint]", scores: Mapping[str, Scored], costs: Mapping[str, Cost], speeds: Mapping[str, Speed]
) -> None:
    """All models in one table that sorts."""
    st.header(f"All {len(models)} models" if len(models) > 1 else "The model", anchor=False)
    table = comparison.overview(scores, costs)
    st.dataframe(
        table,
        hide_index=True,
        column_config=_columns(min(score.report.n for score in scores.values())),
        height="auto" if len(table) <= 9 else ROW * (len(table) + 1) + 3,
        placeholder="not measured",
        alt="One row for each model, the most accurate first. Click a column's name to sort by it.",
    )
    st.caption(
        "Click a column's name to sort by it. Low and High are the ends of the accuracy's 95 % interval. Sensitivity, "
        "specificity and F1 are means over the classes, with equal weight for each. Calib. error: the calibration "
        "error, the average gap between stated confidence and share of right answers. Multiply-adds: for one cell; "
        "for an ensemble, of all its members. K, M and B: thousands, millions and billions. "
        f"{how_timed(models, speeds)}"
    )
    save_csv("overview", lambda: comparison.overview_csv(models, scores, costs))


def _columns(cells: int) -> dict[str, ColumnConfig]:
    """How the overview's numbers are written: in no more digits than so many cells deserve."""
    percent = f"%.{1 if cells >= 1000 else 0}f %%"
    number = st.column_config.NumberColumn
    figures = {
        metric.head or metric.title: number(format=_format(metric, percent), help=metric.title if metric.head else None)
        for metric in shown_in("tables").values()
    }
    return {
        "Model": st.column_config.TextColumn(pinned=True),
        **{title: number(format=percent) for title in ("Low", "High")},
        **figures,
        "Input": number(format="%d px"),
        "Parameters": number(format="compact"),
        "Multiply-adds": number(format="compact"),
        "Size": number(format="%.1f MB"),
        "Time a cell": number(format="%g ms", width=95, help="Of many that are read together."),
    }


def _format(metric: OverallMetric, percent: str) -> str:
    """How a metric is written: percent, unless it is no share or has digits of its own."""
    if metric.share:
        return percent if metric.digits is None else f"%.{metric.digits}f %%"
    return f"%.{2 if metric.digits is None else metric.digits}f"
