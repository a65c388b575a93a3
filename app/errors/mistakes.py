"""The parts of the page on what a model gets wrong."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.shared import alarm, gallery, prediction_tables, remarks, scoping, words
from app.shared.figures import comparison
from app.shared.scoping import Together
from core.errors import CheckpointError
from core.evaluation import uncertainty
from core.evaluation.confusion import confusion_matrix
from core.evaluation.intervals import wilson
from core.evaluation.results.predictions import Predictions
from core.evaluation.subtypes import PBC
from core.labels import PBC_FINE, subtype_of

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint

DISAGREE = "models disagree most"
ORDERS = {
    "surest of the wrong class": "The highest probability for a wrong class first.",
    "most undecided": "The entropy of the model's probabilities, the most evenly spread first.",
    DISAGREE: "How far apart the models' probabilities are (Jensen-Shannon divergence), the farthest first.",
}
"""Ways to sort, and what each is."""

COMPANY = 2
"""Other models that are asked before anybody chooses, beside the best."""


def choose_models(checkpoints: "Sequence[Checkpoint]") -> Together | None:
    """The model that is chosen, first, and others beside it on the same cells; None where it cannot be read.

    What it gets wrong is said before the others are chosen.
    """
    by_name = {model.name: model for model in checkpoints}
    model = scoping.choose_model(checkpoints)
    scope = scoping.choose_scope([model])
    if scope is None:
        alarm.show([_unreadable(model)])
        return None
    answer = st.container()
    others: list[str] = []
    if len(by_name) > 1:
        with st.expander("What other models say of the same cells", icon=":material/forum:"):
            others = [other for other in _beside(list(by_name)) if other != model.name]
    together = scoping.together([model, *(by_name[other] for other in others)], scope)
    if together is not None:
        answer.markdown(in_short(together))
        for note in together.notes:
            st.caption(note)
    return together


def _unreadable(model: "Checkpoint") -> str:
    """Why a model's table cannot be read, in a sentence."""
    try:
        model.predictions()
    except CheckpointError as error:
        return str(error)
    return f"There is nothing to show for {model.name}."


def _beside(names: list[str]) -> list[str]:
    """The models whose answers are shown. All are offered, since the address names them the same on every page."""
    selected = st.pills(
        "Models",
        names,
        selection_mode="multi",
        default=names[: COMPANY + 1],
        key="models",
        bind="query-params",
    )
    return [name for name in names if name in selected]


def model_of(together: Together) -> "tuple[Checkpoint, Predictions]":
    """The model that the page is about, and its answers."""
    return together.models[0], together.predictions[together.models[0].name]


def wrong(together: Together) -> np.ndarray:
    """Rows on which the model is wrong."""
    _, predictions = model_of(together)
    return np.flatnonzero(predictions.labels != predictions.predicted)


def in_short(together: Together) -> str:
    """How often the model is wrong, in which way most, and whether it would have said so."""
    (model, predictions), rows = model_of(together), wrong(together)
    n, name = together.n, model.name
    cells = comparison.SPLITS.get(together.scope.split, "cells")
    if not len(rows):
        return f"**{name}** is wrong on none of {n:,} {cells}."
    sentence = f"**{name}** is wrong on {len(rows):,} of {n:,} {cells}: {words.rate(wilson(len(rows), n))}."
    counts = confusion_matrix(predictions.labels[rows], predictions.predicted[rows], len(together.space))
    true, predicted = np.unravel_index(counts.argmax(), counts.shape)
    names = together.space.names
    verdicts = np.array(prediction_tables.verdicts(model, predictions))[rows]
    not_answered = int((verdicts != words.VERDICTS["answer"]).sum())
    return (
        f"{sentence} Most often it calls {words.article(names[true])} {words.article(names[predicted])} "
        f"({counts[true, predicted]:,}). Of {not_answered:,} of these cells it would have said that it is unsure, or "
        f"that the picture is unlike those it knows.{_doubted(together, rows)}"
    )


def _doubted(together: Together, rows: np.ndarray) -> str:
    """Of how many of these cells the label is in doubt by the audit; "" of none."""
    audited = remarks.of(together.scope.source)
    found = [audited.get(str(key)) for key in model_of(together)[1].table["key"].iloc[rows]]
    n = sum(remark is not None and bool(remark.likelier or remark.other_labels) for remark in found)
    if not n:
        return ""
    labels = "label is" if n == 1 else "labels are"
    return f" By the audit of the data set, {n:,} of the {labels} in doubt, which is said beside each."


def filtered_rows(together: Together) -> np.ndarray:
    """Rows of the mistakes that fit the filters, in the order chosen."""
    table = facts(together)
    with st.expander("Which mistakes, and in which order", icon=":material/filter_list:"):
        boxes = st.columns(4)
        table = _filtered(table, "true", "It was", boxes[0], together.space.names)
        table = _filtered(table, "said", "it was called", boxes[1], together.space.names)
        if (table["subtype"] != "").any():
            table = _filtered(table, "subtype", "Subtype", boxes[2], [subtype.name for subtype in PBC_FINE.classes])
        table = _filtered(table, "verdict", "The model would", boxes[3], list(words.VERDICTS.values()))
        order = _order(company=len(together.models) > 1)
    return table.sort_values([order, "row"], ascending=[False, True])["row"].to_numpy()


def _filtered(table: pd.DataFrame, column: str, label: str, box: DeltaGenerator, order: Sequence[str]) -> pd.DataFrame:
    """The rows that a box lets through; it offers what there is."""
    values = set(table[column])
    options = [value for value in order if value in values]
    selected = box.selectbox(label, options, index=None, placeholder="any", key=column, bind="query-params")
    return table if selected is None else table[table[column] == selected]


def _order(*, company: bool) -> str:
    orders = [order for order in ORDERS if company or order != DISAGREE]
    selected = st.segmented_control(
        "Which come first?", orders, default=orders[0], required=True, key="sort", bind="query-params"
    )
    st.caption(ORDERS[selected or orders[0]])
    return selected or orders[0]


def facts(together: Together) -> pd.DataFrame:
    """One row a mistake: its row in the tables, classes, subtype and verdict by name, and a figure for each order."""
    (model, predictions), rows = model_of(together), wrong(together)
    names = np.array(together.space.names)
    verdicts = np.array(prediction_tables.verdicts(model, predictions))
    probabilities = np.stack([table.probabilities[rows] for table in together.predictions.values()])
    own = probabilities[0]
    several = len(probabilities) > 1 and len(rows)
    figures = (
        uncertainty.strongest_rival(own, predictions.labels[rows]),
        uncertainty.entropy(own),
        uncertainty.disagreement(probabilities) if several else np.zeros(len(rows)),
    )
    return pd.DataFrame(
        {
            "row": rows,
            "true": names[predictions.labels[rows]],
            "said": names[predictions.predicted[rows]],
            "subtype": [_subtype(predictions.table["key"].iloc[row], together.scope.source) for row in rows],
            "verdict": verdicts[rows],
            # Rounded, so that figures that differ by the computer's rounding alone count as equal.
            **{order: figure.round(9) for order, figure in zip(ORDERS, figures, strict=True)},
        }
    )


def _subtype(key: str, source: str) -> str:
    """Name of the finer kind that PBC's file names tell, "" where none is told."""
    finer = subtype_of(key) if source == PBC else ""
    return PBC_FINE[finer].name if finer else ""


def show(together: Together, rows: Sequence[int]) -> None:
    """The gallery of these mistakes."""
    if not len(rows):
        st.info("No mistake matches these filters.")
        return
    total = len(wrong(together))
    st.markdown(f"{words.count(len(rows), 'mistake')}{f' of {total:,}' if len(rows) < total else ''}.")
    name = f"errors-{together.names[0]}-{together.scope.split}"
    gallery.show(rows, together, name=name, both=True, markable=True)
