"""The parts of the page on what a model gets wrong."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from app.shared import gallery, prediction_tables, scoping, words
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
    "surest of the wrong class": "How much the model gave to the wrong class, the most first.",
    "most undecided": "The entropy of the model's probabilities, spread most evenly first.",
    DISAGREE: "How far the models' probabilities lie apart (Jensen-Shannon divergence), the farthest first.",
}
"""Ways to sort, and what each is."""

COMPANY = 2
"""Other models that are asked before anybody chooses, beside the best."""


def ask(found: "Sequence[Checkpoint]") -> Together | None:
    """The model that is chosen, first, and others beside it on the same cells; None where it cannot be read."""
    known = {model.name: model for model in found}
    model = scoping.choose_model(found)
    scope = scoping.choose_scope([model])
    if scope is None:
        st.warning(_unreadable(model))
        return None
    others = [other for other in (_beside(list(known)) if len(known) > 1 else []) if other != model.name]
    asked = scoping.together([model, *(known[other] for other in others)], scope)
    for note in asked.notes if asked else ():
        st.caption(note)
    return asked


def _unreadable(model: "Checkpoint") -> str:
    """Why a model's table cannot be read, in a sentence."""
    try:
        model.predictions()
    except CheckpointError as error:
        return words.plain(str(error))
    return f"There is nothing to show of {words.plain(model.name)}."


def _beside(names: list[str]) -> list[str]:
    """The models whose answers are shown. All are offered, since the address names them the same on every page."""
    picked = st.pills(
        "What others say of the same cells",
        names,
        selection_mode="multi",
        default=names[: COMPANY + 1],
        key="models",
        bind="query-params",
    )
    return [name for name in names if name in picked]


def model_of(asked: Together) -> "tuple[Checkpoint, Predictions]":
    """The model that the page is about, and its answers."""
    return asked.models[0], asked.predictions[asked.models[0].name]


def wrong(asked: Together) -> np.ndarray:
    """Rows on which the model is wrong."""
    _, own = model_of(asked)
    return np.flatnonzero(own.labels != own.predicted)


def in_short(asked: Together) -> str:
    """How often the model is wrong, in which way most, and whether it would have said so."""
    (model, own), rows = model_of(asked), wrong(asked)
    n, name = asked.n, model.name
    cells = comparison.SPLITS.get(asked.scope.split, "cells")
    if not len(rows):
        return f"**{name}** is wrong on none of {n:,} {cells}."
    told = f"**{name}** is wrong on {len(rows):,} of {n:,} {cells}: {words.rate(wilson(len(rows), n))}."
    counts = confusion_matrix(own.labels[rows], own.predicted[rows], len(asked.space))
    true, said = np.unravel_index(counts.argmax(), counts.shape)
    names = asked.space.names
    verdicts = np.array(prediction_tables.verdicts(model, own))[rows]
    warned = int((verdicts != words.VERDICTS["answer"]).sum())
    return (
        f"{told} Most often it calls {words.article(names[true])} {words.article(names[said])} "
        f"({counts[true, said]:,}). "
        f"Of {warned:,} of these cells it would have said that it is unsure, or that the picture is unlike its own."
    )


def choose(asked: Together) -> np.ndarray:
    """Rows of the mistakes that fit the filters, in the order chosen."""
    table = facts(asked)
    boxes = st.columns(4)
    table = _kept(table, "true", "It was", boxes[0], asked.space.names)
    table = _kept(table, "said", "it was called", boxes[1], asked.space.names)
    if (table["subtype"] != "").any():
        table = _kept(table, "subtype", "Subtype", boxes[2], [kind.name for kind in PBC_FINE.classes])
    table = _kept(table, "verdict", "The model would", boxes[3], list(words.VERDICTS.values()))
    order = _order(len(asked.models) > 1)
    return table.sort_values([order, "row"], ascending=[False, True])["row"].to_numpy()


def _kept(table: pd.DataFrame, column: str, label: str, place: object, order: Sequence[str]) -> pd.DataFrame:
    """The rows that a box lets through; it offers what there is."""
    there = set(table[column])
    options = [value for value in order if value in there]
    picked = place.selectbox(label, options, index=None, placeholder="any", key=column, bind="query-params")  # type: ignore[attr-defined]
    return table if picked is None else table[table[column] == picked]


def _order(company: bool) -> str:
    orders = [order for order in ORDERS if company or order != DISAGREE]
    picked = st.segmented_control(
        "Which come first?", orders, default=orders[0], required=True, key="sort", bind="query-params"
    )
    st.caption(ORDERS[picked or orders[0]])
    return picked or orders[0]


def facts(asked: Together) -> pd.DataFrame:
    """One row a mistake: its row in the tables, classes, subtype and verdict by name, and a figure for each order."""
    (model, own), rows = model_of(asked), wrong(asked)
    names = np.array(asked.space.names)
    verdicts = np.array(prediction_tables.verdicts(model, own))
    p = np.stack([one.probabilities[rows] for one in asked.predictions.values()])
    apart = uncertainty.disagreement(p) if len(p) > 1 and len(rows) else np.zeros(len(rows))
    figures = uncertainty.strongest_rival(p[0], own.labels[rows]), uncertainty.entropy(p[0]), apart
    return pd.DataFrame(
        {
            "row": rows,
            "true": names[own.labels[rows]],
            "said": names[own.predicted[rows]],
            "subtype": [_subtype(own.table["key"].iloc[row], asked.scope.source) for row in rows],
            "verdict": verdicts[rows],
            # Rounded, so that figures that differ by the computer's rounding alone count as equal.
            **{order: figure.round(9) for order, figure in zip(ORDERS, figures, strict=True)},
        }
    )


def _subtype(key: str, source: str) -> str:
    """Name of the finer kind that PBC's file names tell, "" where none is told."""
    finer = subtype_of(key) if source == PBC else ""
    return PBC_FINE[finer].name if finer else ""


def show(asked: Together, rows: Sequence[int]) -> None:
    """The gallery of these mistakes."""
    if not len(rows):
        st.info("No mistake fits these choices.")
        return
    total = len(wrong(asked))
    st.markdown(f"{words.count(len(rows), 'mistake')}{f' of {total:,}' if len(rows) < total else ''}.")
    name = f"errors-{asked.names[0]}-{asked.scope.split}"
    gallery.show(rows, asked, name=name, both=True, markable=True)
