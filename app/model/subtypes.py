"""Figures of the subtypes within a model's classes, where the data set names them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from app.model.summary import ModelResults
from app.shared import charts, plots, words
from app.shared.figures import interval_charts
from app.shared.saving import save_csv
from core.evaluation.subtypes import Subtype, subtypes
from core.labels import LabelSpace

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint


def show(model: "Checkpoint", results: ModelResults) -> None:
    """Figures of the finer kinds within classes, where the data set's files name them."""
    cells_by_subtype = subtypes(results.predictions)
    if not cells_by_subtype:
        return
    space = model.space
    st.header("And the subtypes within a class?", anchor=False)
    st.markdown(
        "The model does not distinguish these, but the data set's file names do. So we can count how often cells of "
        "each subtype are given the class that they belong to."
    )
    interval_charts.show(chart_of(cells_by_subtype, space), f"subtypes-{model.name}")
    table = table_of(cells_by_subtype, space)
    st.dataframe(table, hide_index=True, alt="One row for each subtype, under its class.")
    save_csv("subtypes", lambda: as_csv(cells_by_subtype))


def chart_of(cells_by_subtype: Sequence[Subtype], space: LabelSpace) -> plots.Intervals:
    """One mark a kind, in the colour of its class."""
    series = []
    for number, parent in enumerate(dict.fromkeys(subtype.parent for subtype in cells_by_subtype)):
        figures = tuple(subtype.right if subtype.parent == parent else plots.UNKNOWN for subtype in cells_by_subtype)
        style = (space[parent].colour, charts.SYMBOLS[number])
        series.append(
            plots.Series(space[parent].name, style, figures, tuple(subtype.soft for subtype in cells_by_subtype))
        )
    rows = tuple(f"{name_of(subtype, space)} ({subtype.n:,})" for subtype in cells_by_subtype)
    return plots.Intervals("Called by its class", rows, tuple(series), legend=False)


def name_of(subtype: Subtype, space: LabelSpace) -> str:
    """Short: beside a chart on a phone there is little room."""
    return subtype.name if subtype.key else f"{space[subtype.parent].abbreviation}, {subtype.name}"


def table_of(cells_by_subtype: Sequence[Subtype], space: LabelSpace) -> pd.DataFrame:
    """The finer kinds under their classes, in words."""
    return pd.DataFrame(
        {
            "Class": space[subtype.parent].name,
            "Kind": subtype.name[0].upper() + subtype.name[1:],
            "Cells": subtype.n,
            "Called by its class": words.rate(subtype.right),
            "Called otherwise": _called_otherwise(subtype, space),
            "Remark": "soft: fewer than 30 cells" if subtype.soft else "",
        }
        for subtype in cells_by_subtype
    )


def _called_otherwise(subtype: Subtype, space: LabelSpace) -> str:
    return ", ".join(f"{space[key].name.lower()} {count}" for key, count in subtype.called) or "never"


def as_csv(cells_by_subtype: Sequence[Subtype]) -> str:
    """The same as plain numbers."""
    rows = [
        {
            "class": subtype.parent,
            "subtype": subtype.key,
            "n": subtype.n,
            "called_by_class": subtype.right.value,
            "low": subtype.right.low,
            "high": subtype.right.high,
        }
        for subtype in cells_by_subtype
    ]
    return pd.DataFrame(rows).to_csv(index=False)
