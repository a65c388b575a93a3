"""The confusion matrices of some models side by side, and the cells behind any of their squares."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.shared import charts, gallery, link, words
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

TRUE_KEY, PREDICTED_KEY, MODEL_KEY = "true", "said", "of"
"""Names in the address of the chosen square: the true class, what was said, and by which model."""

CLOSED = "squares-closed"
"""How often in a session the cells of a square were put away."""

WIDTH = 880
"""Pixels of what opens beside the page: three cells in a row, with a matrix left in view."""

ABREAST = 2
"""Matrices in a row: with more of them the squares are too narrow for their figures and for a finger."""

Counts = Mapping[str, np.ndarray]


def show(models: "Sequence[Checkpoint]", predictions: Mapping[str, Predictions], space: LabelSpace) -> None:
    """Matrices on one scale, and the cells of the chosen square.

    predictions: by model's name, tables of the same cells in the same order, their classes those of space.
    """
    st.header("Which classes does it mix up?", anchor=False)
    names, counts = [model.name for model in models], _counts(predictions, space)
    quantity = _choose_quantity()
    st.markdown(
        f"Rows are what the cells were, columns what the model called them; figures are {SQUARES[quantity]}. Right "
        "answers lie on the diagonal, mistakes off it. All matrices share one colour scale; empty squares are zero. "
        "Click a square to see its cells."
    )
    chosen = _square(space)
    _matrices(names, counts, space, quantity, chosen)
    st.caption(f"{'; '.join(f'{cell_class.abbreviation} {cell_class.name.lower()}' for cell_class in space.classes)}.")
    _cells(models, predictions, counts, space)
    _tables(names, counts, space)


def show_difference(models: "Sequence[Checkpoint]", predictions: Mapping[str, Predictions], space: LabelSpace) -> None:
    """The matrix of one model less that of another, and the cells of the chosen square, as `show` has them."""
    st.header("Where do two of them differ?", anchor=False)
    if len(models) < 2:
        st.caption("Choose at least two models above to see where they differ.")
        return
    counts = _counts(predictions, space)
    _difference([model.name for model in models], counts, space, _choose_quantity(), _square(space))
    _cells(models, predictions, counts, space)


def _counts(predictions: Mapping[str, Predictions], space: LabelSpace) -> Counts:
    return {name: confusion_matrix(one.labels, one.predicted, len(space)) for name, one in predictions.items()}


def _choose_quantity() -> str:
    first = next(iter(SQUARES))
    picked = st.segmented_control(
        "Figures in the squares", list(SQUARES), default=first, required=True, key="squares", bind="query-params"
    )
    return picked or first


def _square(space: LabelSpace) -> Square | None:
    """The chosen square as it was when the page last ran, before its boxes further down are drawn."""
    true, predicted = (st.session_state.get(key, st.query_params.get(key)) for key in (TRUE_KEY, PREDICTED_KEY))
    if true not in space.names or predicted not in space.names:
        return None
    return space.names.index(true), space.names.index(predicted)


def _matrices(names: list[str], counts: Counts, space: LabelSpace, quantity: str, chosen: Square | None) -> None:
    values = {name: confusion_charts.figures(counts[name], quantity) for name in names}
    highest = float(max(matrix.max() for matrix in values.values())) if quantity == confusion_charts.COUNT else 1.0
    selected_model = st.session_state.get(MODEL_KEY, st.query_params.get(MODEL_KEY, names[0]))
    for first in range(0, len(names), ABREAST):
        for column, name in zip(st.columns(ABREAST), names[first : first + ABREAST], strict=False):
            right = wilson(int(np.trace(counts[name])), int(counts[name].sum()))
            with column:
                st.markdown(f"**{name}**, {words.share(right)} right")
                figure = confusion_charts.selectable(
                    counts[name], space, quantity, highest, chosen if name == selected_model else None
                )
                sentence = comparison.matrix_in_words(name, counts[name], space)
                text = f"{sentence} The boxes below choose a square without a mouse."
                _drawn(figure, f"matrix-{name}", text, space, name)


def _drawn(figure: object, key: str, alt: str, space: LabelSpace, *models: str) -> None:
    """A matrix whose squares can be clicked. of: the model asked, or the two of a difference."""
    # Anew each time the cells are put away, so that the same square can be clicked again.
    chart = f"{key}-{st.session_state.get(CLOSED, 0)}"
    with st.container(key=key):
        st.plotly_chart(
            figure,
            key=chart,
            config=charts.saved_as(key),
            alt=alt,
            on_select=lambda: _take(chart, space, models),
            selection_mode="points",
        )


def _take(key: str, space: LabelSpace, models: tuple[str, ...]) -> None:
    """A click on a square becomes the choice that the boxes show and the address holds."""
    points = st.session_state[key]["selection"]["points"]
    if not points:
        return
    true, predicted, written = points[0]["customdata"]
    if true in space.names and predicted in space.names:
        st.session_state[TRUE_KEY], st.session_state[PREDICTED_KEY] = true, predicted
        # Of a difference, the model that has more of these cells.
        st.session_state[MODEL_KEY] = models[-1] if str(written).startswith("−") else models[0]


def _tables(names: list[str], counts: Counts, space: LabelSpace) -> None:
    with st.expander("The tables"):
        for name in names:
            table = comparison.matrix(counts[name], space)
            st.markdown(f"**{name}**, cells")
            st.dataframe(table, alt=f"Confusion matrix of {name} in cells.")
            save_csv(f"confusion-{name}", table.to_csv)


def _difference(names: list[str], counts: Counts, space: LabelSpace, quantity: str, chosen: Square | None) -> None:
    left, right = st.columns(2)
    first = left.selectbox("From the matrix of", names, key="matrix", bind="query-params")
    second = right.selectbox("take that of", names, index=1, key="less", bind="query-params")
    st.markdown(difference_in_words(first, second, counts[first], counts[second], space))
    if first == second:
        return
    column, beside = st.columns(ABREAST)
    with column:
        figure = confusion_charts.difference(counts[first], counts[second], space, quantity, chosen)
        text = difference_in_words(first, second, counts[first], counts[second], space).replace("**", "")
        _drawn(figure, "difference", text, space, first, second)
    unit = "cells" if quantity == confusion_charts.COUNT else "percentage points"
    with beside:
        st.caption(
            f"Violet with a plus: {first} has more cells in the square; orange with a minus: {second} has more. "
            f"Figures are {unit}. On the diagonal more is better, off it worse. Click a square to see the cells of the "
            "model that has more."
        )
        table = comparison.matrix(counts[first] - counts[second], space)
        save_csv("difference", table.to_csv)


def difference_in_words(
    first: str, second: str, first_counts: np.ndarray, second_counts: np.ndarray, space: LabelSpace
) -> str:
    """Which model is right more often, and the mistake in which they differ most; in counts."""
    if first == second:
        return "Choose two different models to see where they differ."
    right = int(np.trace(first_counts)) - int(np.trace(second_counts))
    more, fewer = (first, second) if right >= 0 else (second, first)
    sentence = (
        f"**{first}** and **{second}** are right on equally many cells."
        if not right
        else f"**{more}** is right on {abs(right):,} more {'cell' if abs(right) == 1 else 'cells'} than **{fewer}**."
    )
    differences = first_counts - second_counts
    np.fill_diagonal(differences, 0)
    if not differences.any():
        return f"{sentence} They make the same mistakes equally often."
    true, predicted = np.unravel_index(np.abs(differences).argmax(), differences.shape)
    name, times = (first if differences[true, predicted] > 0 else second), abs(int(differences[true, predicted]))
    return (
        f"{sentence} They differ most in {space.names[true].lower()} called {space.names[predicted].lower()}: "
        f"**{name}** does that {times:,} more {'time' if times == 1 else 'times'}."
    )


def commonest(counts: np.ndarray) -> Square | None:
    """The square of the commonest mistake; None where there is no mistake."""
    mistakes = counts - np.diag(np.diag(counts))
    if not mistakes.any():
        return None
    true, predicted = np.unravel_index(mistakes.argmax(), mistakes.shape)
    return int(true), int(predicted)


def _cells(
    models: "Sequence[Checkpoint]", predictions: Mapping[str, Predictions], counts: Counts, space: LabelSpace
) -> None:
    """The boxes that choose a square, and beside the page what is in it."""
    boxes = st.columns(3)
    true = _choose_class(boxes[0], "They were", TRUE_KEY, space)
    predicted = _choose_class(boxes[1], "and were called", PREDICTED_KEY, space)
    name = boxes[2].selectbox("by", [model.name for model in models], key=MODEL_KEY, bind="query-params")
    if true is None or predicted is None:
        _offer(name, counts[name], space)
        return
    rows = in_square(predictions[name], space.names.index(true), space.names.index(predicted))
    if not len(rows):
        st.info(f"{name} called no {true.lower()} {words.article(predicted)}: this square is empty.")
        return
    rightly = "rightly " if true == predicted else ""
    title = f"{words.count(len(rows), f'{true.lower()} cell')} {rightly}called {predicted.lower()} by **{name}**"
    order = "least certain" if true == predicted else "most confident"
    file = f"{true}-{predicted}-{name}".lower().replace(" ", "-")

    @st.dialog(title, width=WIDTH, position="right", on_dismiss=_close)
    def _beside() -> None:
        link.copy(at="cells-")
        st.caption(f"The {order} first.")
        gallery.show(rows.tolist(), Answers(models, dict(predictions), space), name=file)

    _beside()


def _close() -> None:
    """The square is no longer chosen; its row is, for the next one."""
    st.session_state[PREDICTED_KEY] = None
    st.session_state[CLOSED] = st.session_state.get(CLOSED, 0) + 1


def _choose_class(box: DeltaGenerator, label: str, key: str, space: LabelSpace) -> str | None:
    return box.selectbox(label, space.names, index=None, key=key, bind="query-params", placeholder="choose a class")


def _offer(name: str, counts: np.ndarray, space: LabelSpace) -> None:
    """What to do where nothing is chosen, and the commonest mistake a click away."""
    square = commonest(counts)
    if square is None:
        st.caption(f"Click a square in a matrix, or choose it in these boxes. {name} made no mistake here.")
        return
    true, predicted = (space.names[number] for number in square)
    st.caption("Click a square in a matrix, or choose it in these boxes; its cells open beside the page.")
    st.button(
        f"Show its most common mistake: {true.lower()} called {predicted.lower()} ({counts[square]:,})",
        on_click=_choose,
        args=(true, predicted),
        key="commonest",
    )


def _choose(true: str, predicted: str) -> None:
    st.session_state[TRUE_KEY], st.session_state[PREDICTED_KEY] = true, predicted


def in_square(predictions: Predictions, true: int, predicted: int) -> np.ndarray:
    """Rows of the cells of one class that were called another, (n,), those first that got most for a wrong class."""
    rows = np.flatnonzero((predictions.labels == true) & (predictions.predicted == predicted))
    wrong_probabilities = (
        strongest_rival(predictions.probabilities[rows], predictions.labels[rows]) if len(rows) else np.zeros(0)
    )
    return np.asarray(rows[np.argsort(-wrong_probabilities, kind="stable")])
