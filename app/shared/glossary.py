"""What the words mean, the measures each with a small drawing on made-up cells."""

from collections.abc import Callable, Collection

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from app.shared import charts, terms, words
from app.shared.terms import PLAIN, Word
from app.shared.words import lowered
from core.evaluation.comparison import mcnemar
from core.evaluation.intervals import wilson
from core.evaluation.metrics.accuracy import accuracy
from core.evaluation.metrics.f1 import f1
from core.evaluation.metrics.precision import precision
from core.evaluation.metrics.sensitivity import sensitivity
from core.evaluation.metrics.specificity import specificity
from core.labels import PBC8

CELL_CLASS = PBC8["monocyte"]
"""The class that the drawings are about."""

SIDE = 10
OTHER = "#8b979b"
RED = "#b3261e"

# The hundred cells of the drawings: right, missed, called so wrongly, rightly left alone.
FOUND, MISSED, FALSE, LEFT = 18, 2, 4, 76
COUNTS = np.array([[FOUND, MISSED], [FALSE, LEFT]])
"""Rows: of the class, not of it; columns: called so, not called so."""

ONE_ONLY, OTHER_ONLY = 9, 2
"""Cells on which only the first of two models is right, and only the second."""


def link(name: str) -> str:
    """The word as Markdown that leads to its place on the page About. ValueError for a word that is not there."""
    by_name = {word.name.lower(): word for word in WORDS}
    if name.lower() not in by_name:
        raise ValueError(f"{name} is not in the glossary")
    return f"[{name}](about?part=words#{anchor(by_name[name.lower()].name)})"


def anchor(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name.lower()).strip("-")


def show() -> None:
    """Measures with their drawings, then the other words."""
    st.markdown(
        f"The drawings show {SIDE * SIDE} made-up cells, {FOUND + MISSED} of them {_NAME}s. A model called "
        f"{FOUND + FALSE} cells {_NAME}s."
    )
    for word in WORDS:
        if word.drawing is not None:
            with st.container(border=True):
                text, picture = st.columns([3, 2], vertical_alignment="center")
                text.subheader(word.name, anchor=anchor(word.name))
                text.markdown(word.meaning)
                text.caption(word.caption)
                alt = f"A drawing of {word.name.lower()}. {word.caption}"
                picture.plotly_chart(word.drawing(), key=f"word-{anchor(word.name)}", config=charts.STILL, alt=alt)
    st.markdown("\n".join(f"- **{word.name}**: {word.meaning}" for word in WORDS if word.drawing is None))


_GROUPS = ("found", "missed", "false", "left")


def _cells(bright: tuple[str, ...]) -> go.Figure:
    """Ten by ten cells; those that the measure counts are bright, the others pale."""
    places = np.repeat(_GROUPS, [FOUND, MISSED, FALSE, LEFT])
    looks = {
        "found": ("circle", CELL_CLASS.colour),
        "missed": ("circle-open", CELL_CLASS.colour),
        "false": ("x", RED),
        "left": ("circle", OTHER),
    }
    figure = go.Figure()
    for group in _GROUPS:
        at = np.flatnonzero(places == group)
        symbol, colour = looks[group]
        figure.add_scatter(
            x=at % SIDE,
            y=at // SIDE,
            mode="markers",
            marker={"symbol": symbol, "color": colour, "size": 11, "opacity": 1.0 if group in bright else 0.22},
        )
    return _bare(figure, (-0.7, SIDE - 0.3), (SIDE - 0.3, -0.7))


def _bare(figure: go.Figure, across: tuple[float, float], down: tuple[float, float], height: int = 210) -> go.Figure:
    figure = charts.framed(figure, height)
    figure.update_xaxes(visible=False, range=across, fixedrange=True)
    return figure.update_yaxes(visible=False, range=down, fixedrange=True)


def _intervals() -> go.Figure:
    """Nine tenths, out of twenty and out of two hundred cells."""
    figure = go.Figure()
    for row, (right, n) in enumerate(_TWENTY):
        rate = wilson(right, n)
        figure.add_scatter(
            x=[rate.value],
            y=[row],
            error_x={"array": [rate.high - rate.value], "arrayminus": [rate.value - rate.low], "thickness": 2},
            mode="markers+text",
            text=[f"{right} of {n}"],
            textposition="top center",
            marker={"color": CELL_CLASS.colour, "size": 12},
        )
    figure = _bare(figure, (0.6, 1.03), (1.6, -0.7), 170)
    return figure.update_xaxes(visible=True, tickformat=".0%")


_TWENTY = ((18, 20), (180, 200))


def _calibration() -> go.Figure:
    """Ten answers given with 90 %: one model is true to its word, the other promises too much."""
    figure = go.Figure()
    for row, right in enumerate(_KEPT):
        for who, symbol, colour, places in (
            ("right", "circle", CELL_CLASS.colour, range(right)),
            ("wrong", "x", RED, range(right, 10)),
        ):
            marker = {"symbol": symbol, "color": colour, "size": 13}
            figure.add_scatter(x=list(places), y=[row] * len(places), mode="markers", marker=marker, name=who)
    return _bare(figure, (-0.7, 9.7), (1.7, -0.7), 130)


_KEPT = (9, 6)


def _ranks() -> go.Figure:
    """Cells along the probability that they were given, those of the class above."""
    figure = go.Figure()
    for row, (symbol, colour, given) in enumerate(
        (("circle", CELL_CLASS.colour, _GIVEN[0]), ("circle-open", OTHER, _GIVEN[1]))
    ):
        marker = {"symbol": symbol, "color": colour, "size": 12}
        figure.add_scatter(x=given, y=[row] * len(given), mode="markers", marker=marker)
    return _bare(figure, (-0.03, 1.03), (1.7, -0.7), 150).update_xaxes(visible=True, tickformat=".0%")


_GIVEN = ((0.35, 0.7, 0.8, 0.95), (0.05, 0.1, 0.2, 0.3, 0.5))


def area() -> float:
    """Area under the curve of the drawing's cells: the share of pairs in which the cell of the class is ahead."""
    of_class, others = (np.array(given) for given in _GIVEN)
    return float((of_class[:, None] > others).mean())


def _coins() -> go.Figure:
    """Cells on which only one of two models is right, a row for each model."""
    figure = go.Figure()
    for row, (symbol, colour, n) in enumerate(
        (("circle", charts.style(0)[0], ONE_ONLY), ("square", charts.style(1)[0], OTHER_ONLY))
    ):
        marker = {"symbol": symbol, "color": colour, "size": 13}
        figure.add_scatter(x=list(range(n)), y=[row] * n, mode="markers", marker=marker)
    return _bare(figure, (-0.7, 9.7), (1.7, -0.7), 130)


def _share(figure: float) -> str:
    return f"{100 * figure:.0f}{words.SPACE}%"


def _per_class(measure: Callable[[np.ndarray], np.ndarray]) -> str:
    return _share(float(measure(COUNTS)[0]))


_NAME = CELL_CLASS.name.lower()

WORDS = (
    Word(
        "Sensitivity",
        "The share of the cells of a class that the model recognises. Also called recall.",
        lambda: _cells(("found", "missed")),
        f"Of {FOUND + MISSED} {_NAME}s, {FOUND} were found (filled) and {MISSED} missed (rings): "
        f"{_per_class(sensitivity)}.",
    ),
    Word(
        "Specificity",
        "The share of all other cells that the model rightly keeps out of the class.",
        lambda: _cells(("false", "left")),
        f"Of {FALSE + LEFT} other cells, {LEFT} were left alone and {FALSE} were called {_NAME}s (crosses): "
        f"{_per_class(specificity)}.",
    ),
    Word(
        "Precision",
        "The share of the cells put into a class that belong there. For a patient's count it matters as much as "
        "sensitivity, and it falls where the class is rare.",
        lambda: _cells(("found", "false")),
        f"Of {FOUND + FALSE} cells called {_NAME}s, {FOUND} were (filled) and {FALSE} were not (crosses): "
        f"{_per_class(precision)}.",
    ),
    Word(
        "F1",
        "Sensitivity and precision in one figure: their harmonic mean. It is 100 % only if both are.",
        lambda: _cells(("found", "missed", "false")),
        f"{FOUND} found, {MISSED} missed and {FALSE} false alarms make {_per_class(f1)}.",
    ),
    Word(
        "Accuracy",
        "The share of all cells that are named correctly. Common classes weigh more.",
        lambda: _cells(("found", "left")),
        f"{FOUND + LEFT} of {SIDE * SIDE} cells are named correctly (bright): {_share(float(accuracy(COUNTS)))}.",
    ),
    Word(
        "Interval",
        "The range in which the true figure may well lie. Of 100 such 95 % intervals, about 95 hold it. The fewer the "
        "cells, the wider the interval.",
        _intervals,
        f"{'; '.join(f'{k} of {n} is {words.rate(wilson(k, n))}' for k, n in _TWENTY)}.",
    ),
    Word(
        "Calibration",
        "Whether confidence can be taken at its word: of answers given with 90 %, are 90 % right? The calibration "
        "error is the average gap between the two.",
        _calibration,
        f"Ten answers given with 90 %. Above, {_KEPT[0]} are right: well calibrated. "
        f"Below, {_KEPT[1]} are: it is overconfident.",
    ),
    Word(
        "AUC",
        "Area under the curve: the chance that a cell of the class is given a higher probability for it than a cell of "
        "another class. Guessing gives 50 %.",
        _ranks,
        f"Above, the cells of the class; below, the others, by the probability that they were given: "
        f"in {_share(area())} of the pairs the upper cell lies further right.",
        forms=("area under", "roc"),
    ),
    Word(
        "Chance",
        "Two models are compared on the cells where only one of them is right. McNemar's test asks how often a fair "
        "coin would divide these cells at least as unevenly. That share is called p; below 5 %, chance hardly explains "
        "it.",
        _coins,
        f"Only the first is right on {ONE_ONLY} cells, only the second on {OTHER_ONLY}: "
        f"p is {_share(mcnemar(ONE_ONLY, OTHER_ONLY))}, so it may well be chance.",
        forms=("mcnemar", "p ="),
    ),
    *PLAIN,
)


def used_in(text: str) -> list[Word]:
    """The words of the glossary that a text uses, in their order."""
    return terms.used_in(text, WORDS)


@st.fragment
def show_words(names: Collection[str]) -> None:
    """A control that opens to these words of the glossary, in place, and runs by itself."""
    opened = st.popover("Words", icon=":material/menu_book:", type="tertiary", key="words", on_change="rerun")
    if opened.open:
        with opened:
            st.markdown(
                "\n".join(f"- **{word.name}**: {lowered(word.meaning)}" for word in WORDS if word.name in names)
            )
