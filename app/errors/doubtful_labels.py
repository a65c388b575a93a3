"""The labels that a person called doubtful, as a list that can be saved."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from app.errors.mistakes import model_of
from app.shared import gallery, prediction_tables, words
from app.shared.saving import save_csv
from app.shared.scoping import Together
from core.evaluation.results.predictions import Predictions


def show(together: Together) -> None:
    """The labels that were called doubtful, as a table that can be saved."""
    st.header("Labels you doubt", anchor=False)
    marks = gallery.marked()
    if not marks:
        st.caption(
            "Tick “Label doubtful” under a cell whose label looks wrong to you. The list collects here, also from "
            "other models and filters, and lasts until this browser tab is closed or reloaded."
        )
        return
    rows = rows_of(model_of(together)[1], marks)
    elsewhere = len(marks) - len(rows)
    st.markdown(
        f"{words.count(len(marks), 'label')} marked."
        + (f" {elsewhere:,} of them are not among these cells; only their names are saved." if elsewhere else "")
    )
    st.dataframe(listed(together, marks), hide_index=True, alt="One row for each marked label.")
    save_csv("doubtful", lambda: marks_csv(together.predictions, marks))


def rows_of(predictions: Predictions, marks: Sequence[tuple[str, str]]) -> list[int]:
    """Rows of the marked images that the table has, in the order of marking."""
    places = pd.MultiIndex.from_frame(predictions.table[["source", "key"]]).get_indexer(
        pd.MultiIndex.from_tuples(marks)
    )
    return [int(place) for place in places if place >= 0]


def listed(together: Together, marks: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """The marked images and, where the table has them, what the models say of them."""
    names = pd.DataFrame(marks, columns=["Source", "File"])
    rows = rows_of(model_of(together)[1], marks)
    return names.merge(
        prediction_tables.listing(together.predictions, rows, together.space), on=["Source", "File"], how="left"
    )


def marks_csv(predictions: Mapping[str, Predictions], marks: Sequence[tuple[str, str]]) -> str:
    """Every marked image with its label and what each model says, as far as the tables have it."""
    first = next(iter(predictions.values()))
    names = pd.DataFrame(marks, columns=["source", "file"]).assign(marked=True)
    return names.merge(
        prediction_tables.raw(predictions, rows_of(first, marks)), on=["source", "file"], how="left"
    ).to_csv(index=False)
