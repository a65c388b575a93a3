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
    found = subtypes(results.predictions)
    if not found:
        return
    space = model.space
    st.subheader("And the finer kinds within a class?", anchor=False)
    st.markdown(
        "The model does not tell these apart. The names of the data set's files do, so it can be counted how often "
        "cells of each kind are called by the class that they belong to."
    )
    interval_charts.show(_finer_chart(found, space), f"subtypes-{model.name}")
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
