"""Wrong answers of which a model was surest, with photographs."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from app.model.summary import ModelResults
from app.shared import photos, remarks, words
from app.shared.saving import save_csv
from core.evaluation.results.predictions import Predictions
from core.labels import LabelSpace

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint


WORST = 12
"""Wrong answers that are shown with their photographs."""


SIDE = 140


def worst_rows(table: Predictions) -> np.ndarray:
    """Rows of the wrong answers, the most confident first; of equals in the order of the table."""
    confidence = table.probabilities.max(axis=1)
    wrong = np.flatnonzero(table.predicted != table.labels)
    return wrong[np.argsort(-confidence[wrong], kind="stable")]


def show(model: "Checkpoint", results: ModelResults) -> None:
    """The most confident wrong answers, with photographs where the source is at hand."""
    rows = worst_rows(results.predictions)
    st.header("Where is it confidently wrong?", anchor=False)
    if not len(rows):
        st.markdown(f"Nowhere: it is right on all {results.cells}.")
        return
    st.markdown(
        f"It is wrong on {len(rows):,} of {results.cells}. These are the most confident mistakes; in some the model "
        "may be right and the label wrong."
    )
    has_photographs = photos.source(results.scope.source) is not None
    if has_photographs:
        _pictures(model, results.predictions, rows[:WORST])
    else:
        photos.offer(results.scope.source)
    table = worst_table(results.predictions, rows, model.space)
    with st.expander(f"All {words.count(len(rows), 'wrong answer')}", expanded=not has_photographs):
        st.dataframe(table, hide_index=True, alt="One row for each wrong answer, the most confident first.")
        save_csv("wrong", lambda: table.to_csv(index=False))


def _pictures(model: "Checkpoint", table: Predictions, rows: np.ndarray) -> None:
    sure = table.probabilities.max(axis=1)
    with st.container(horizontal=True):
        for row in rows:
            true, predicted = (model.space.classes[int(labels[row])] for labels in (table.labels, table.predicted))
            key = str(table.table["key"].iloc[row])
            picture = photos.small(str(table.table["source"].iloc[row]), key, SIDE)
            with st.container(width=SIDE, gap="small"):
                if picture is not None:
                    st.image(picture, width=SIDE, alt=f"{true.name} that was called {words.article(predicted.name)}.")
                st.caption(f"{true.name}, called **{predicted.name.lower()}**, {words.percent(sure[row])}")
                remarks.show(str(table.table["source"].iloc[row]), key, model.space)


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
