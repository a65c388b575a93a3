"""The confusion matrices of some models side by side, and the cells behind any of their squares."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from app.shared import charts, gallery, words
from app.shared.figures import comparison, confusion_charts
from app.shared.figures.confusion_charts import SQUARES, Square
from app.shared.saving import save_csv
from app.shared.scoping import Answers
from core.evaluation.confusion import confusion_matrix
from core.evaluation.intervals import wilson
from core.evaluation.results.predictions import Predictions
from core.evaluation.uncertainty import strongest_rival
from core.labels import LabelSpace

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint

TRUE, SAID, OF = "true", "said", "of"
"""Names in the address of the chosen square: the true class, what was said, and by which model."""

ABREAST = 2
"""Matrices in a row: with more of them the squares are too narrow for their figures and for a finger."""

Counts = Mapping[str, np.ndarray]


def show(models: "Sequence[Checkpoint]", told: Mapping[str, Predictions], space: LabelSpace) -> None:
    """Matrices on one scale, the difference of two, and the cells of the chosen square.

    told: by model's name, tables of the same cells in the same order, their classes those of space.
    """
    st.subheader("Which classes does it mix up?", anchor=False)
    names = [model.name for model in models]
    counts = {name: confusion_matrix(told[name].labels, told[name].predicted, len(space)) for name in names}
    kind = _kind()
    st.markdown(
        f"A row is what the cell was, a column what the model said; figures are {SQUARES[kind]}. Right answers are on "
        "the diagonal, mistakes beside it. All matrices share one colour scale; empty squares are zero. "
        "A click on a square shows its cells below."
    )
    chosen = _square(space)
    _matrices(names, counts, space, kind, chosen)
    st.caption(f"{'; '.join(f'{one.abbreviation} {one.name.lower()}' for one in space.classes)}.")
    _tables(names, counts, space)
    if len(names) > 1:
        _difference(names, counts, space, kind, chosen)
    _cells(models, told, counts, space)


def _kind() -> str:
    first = next(iter(SQUARES))
    picked = st.segmented_control(
        "Figures in the squares", list(SQUARES), default=first, required=True, key="squares", bind="query-params"
    )
    return picked or first


def _square(space: LabelSpace) -> Square | None:
    """The chosen square as it was when the page last ran, before its boxes further down are drawn."""
    true, said = (st.session_state.get(key, st.query_params.get(key)) for key in (TRUE, SAID))
    if true not in space.names or said not in space.names:
        return None
    return space.names.index(true), space.names.index(said)


def _matrices(names: list[str], counts: Counts, space: LabelSpace, kind: str, chosen: Square | None) -> None:
    shown = {name: confusion_charts.figures(counts[name], kind) for name in names}
    highest = float(max(one.max() for one in shown.values())) if kind == confusion_charts.COUNT else 1.0
    asked = st.session_state.get(OF, st.query_params.get(OF, names[0]))
    for first in range(0, len(names), ABREAST):
        for column, name in zip(st.columns(ABREAST), names[first : first + ABREAST], strict=False):
            right = wilson(int(np.trace(counts[name])), int(counts[name].sum()))
            with column:
                st.markdown(f"**{name}**, {words.share(right)} right")
                figure = confusion_charts.one(counts[name], space, kind, highest, chosen if name == asked else None)
                said = comparison.matrix_in_words(name, counts[name], space)
                text = f"{said} The boxes below choose a square without a mouse."
                _drawn(figure, f"matrix-{name}", text, space, name)


def _drawn(figure: object, key: str, alt: str, space: LabelSpace, *of: str) -> None:
    """A matrix whose squares can be clicked. of: the model asked, or the two of a difference."""
    st.plotly_chart(
        figure,
        key=key,
        config=charts.saved_as(key),
        alt=alt,
        on_select=lambda: _take(key, space, of),
        selection_mode="points",
    )


def _take(key: str, space: LabelSpace, of: tuple[str, ...]) -> None:
    """A click on a square becomes the choice that the boxes show and the address holds."""
    points = st.session_state[key]["selection"]["points"]
    if not points:
        return
    true, said, written = points[0]["customdata"]
    if true in space.names and said in space.names:
        st.session_state[TRUE], st.session_state[SAID] = true, said
        # Of a difference, the model that has more of these cells.
        st.session_state[OF] = of[-1] if str(written).startswith("−") else of[0]


def _tables(names: list[str], counts: Counts, space: LabelSpace) -> None:
    with st.expander("The tables"):
        for name in names:
            table = comparison.matrix(counts[name], space)
            st.markdown(f"**{name}**, cells")
            st.dataframe(table, alt=f"Confusion matrix of {name} in cells.")
            save_csv(f"confusion-{name}", table.to_csv)


def _difference(names: list[str], counts: Counts, space: LabelSpace, kind: str, chosen: Square | None) -> None:
    st.markdown("**Where two of them differ**")
    left, right = st.columns(2)
    first = left.selectbox("From the matrix of", names, key="matrix", bind="query-params")
    second = right.selectbox("take that of", names, index=1, key="less", bind="query-params")
    st.markdown(difference_in_words(first, second, counts[first], counts[second], space))
    if first == second:
        return
    column, beside = st.columns(ABREAST)
    with column:
        figure = confusion_charts.difference(counts[first], counts[second], space, kind, chosen)
        text = difference_in_words(first, second, counts[first], counts[second], space).replace("**", "")
        _drawn(figure, "difference", text, space, first, second)
    unit = "cells" if kind == confusion_charts.COUNT else "percentage points"
    with beside:
        st.caption(
            f"Violet with a plus: {first} has more cells in the square; orange with a minus: {second} has more. "
            f"Figures are {unit}. On the diagonal more is better, beside it worse. A click shows the cells of the "
            "model that has more of them."
        )
        table = comparison.matrix(counts[first] - counts[second], space)
        save_csv("difference", table.to_csv)


def difference_in_words(first: str, second: str, one: np.ndarray, other: np.ndarray, space: LabelSpace) -> str:
    """Which model is right more often, and the mistake in which they differ most; in counts."""
    if first == second:
        return "Choose two different models to see where they differ."
    right = int(np.trace(one)) - int(np.trace(other))
    more, fewer = (first, second) if right >= 0 else (second, first)
    told = (
        f"**{first}** and **{second}** are right on equally many cells."
        if not right
        else f"**{more}** is right on {words.count(abs(right), 'cell')} more than **{fewer}**."
    )
    apart = one - other
    np.fill_diagonal(apart, 0)
    if not apart.any():
        return f"{told} They make the same mistakes equally often."
    true, said = np.unravel_index(np.abs(apart).argmax(), apart.shape)
    name = first if apart[true, said] > 0 else second
    return (
        f"{told} They differ most in {space.names[true].lower()} called {space.names[said].lower()}: "
        f"**{name}** does that {words.count(abs(int(apart[true, said])), 'time')} more."
    )


def commonest(counts: np.ndarray) -> Square | None:
    """The square of the commonest mistake; None where there is no mistake."""
    wrong = counts - np.diag(np.diag(counts))
    if not wrong.any():
        return None
    true, said = np.unravel_index(wrong.argmax(), wrong.shape)
    return int(true), int(said)


def _cells(models: "Sequence[Checkpoint]", told: Mapping[str, Predictions], counts: Counts, space: LabelSpace) -> None:
    """The boxes that choose a square, and what is in it."""
    st.markdown("#### The cells in a square")
    boxes = st.columns(3)
    box = {"bind": "query-params", "placeholder": "choose a class"}
    true = boxes[0].selectbox("They were", space.names, index=None, key=TRUE, **box)
    said = boxes[1].selectbox("and were called", space.names, index=None, key=SAID, **box)
    name = boxes[2].selectbox("by", [model.name for model in models], key=OF, bind="query-params")
    if true is None or said is None:
        _offer(name, counts[name], space)
        return
    rows = in_square(told[name], space.names.index(true), space.names.index(said))
    if not len(rows):
        st.info(f"{name} called no {true.lower()} {words.article(said)}: this square is empty.")
        return
    kind = "rightly " if true == said else ""
    order = "the least certain" if true == said else "those of which it was surest"
    st.markdown(
        f"{words.count(len(rows), f'{true.lower()} cell')} {kind}called {said.lower()} by **{name}**, {order} first."
    )
    answers = Answers(models, dict(told), space)
    gallery.show(rows, answers, name=f"{true}-{said}-{name}".lower().replace(" ", "-"))


def _offer(name: str, counts: np.ndarray, space: LabelSpace) -> None:
    """What to do where nothing is chosen, and the commonest mistake a click away."""
    square = commonest(counts)
    if square is None:
        st.caption(f"Click a square in a matrix, or choose it in the boxes. {name} made no mistake here.")
        return
    true, said = (space.names[number] for number in square)
    st.caption("Click a square in a matrix, or choose it in the boxes; its cells appear here.")
    st.button(
        f"Show its commonest mistake: {true.lower()} called {said.lower()} ({counts[square]:,})",
        on_click=_choose,
        args=(true, said),
        key="commonest",
    )


def _choose(true: str, said: str) -> None:
    st.session_state[TRUE], st.session_state[SAID] = true, said


def in_square(told: Predictions, true: int, said: int) -> np.ndarray:
    """Rows of the cells of one class that were called another, (n,), those first that got most for a wrong class."""
    rows = np.flatnonzero((told.labels == true) & (told.predicted == said))
    rivals = strongest_rival(told.probabilities[rows], told.labels[rows]) if len(rows) else np.zeros(0)
    return np.asarray(rows[np.argsort(-rivals, kind="stable")])
