"""Confusion matrices as charts whose squares can be chosen with the mouse."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from app.shared import charts
from core.labels import LabelSpace

OF_TRUE, OF_ANSWER, COUNT = "share of the true class", "share of the answer", "count"
SQUARES = {
    OF_TRUE: "percent of the cells of that true class",
    OF_ANSWER: "percent of the cells that the model called so",
    COUNT: "cells",
}
"""What the figures in the squares can be, and their unit in words."""

HEIGHT = 400
REACH = 60
"""Pixels from the middle of a square within which a click or a touch counts as one on it."""

Square = tuple[int, int]
"""Numbers of the true class and of the class that the model said."""


def figures(counts: np.ndarray, quantity: str) -> np.ndarray:
    """What the squares show, (K, K): counts, or from 0 to 1 the share of their row or column."""
    if quantity == COUNT:
        return counts.astype(float)
    axis = 1 if quantity == OF_TRUE else 0
    return np.asarray(counts / np.maximum(counts.sum(axis=axis, keepdims=True), 1))


def selectable(
    counts: np.ndarray, space: LabelSpace, quantity: str, highest: float, chosen: Square | None
) -> go.Figure:
    """One matrix: rows the true class, columns what the model said. highest: top of the scale that all share."""
    values = figures(counts, quantity)
    return _squares(values, _written(values, quantity), space, charts.ramp(), (0, highest), chosen)


def difference(
    first: np.ndarray, second: np.ndarray, space: LabelSpace, quantity: str, chosen: Square | None
) -> go.Figure:
    """The first model's figures less the second's: violet where the first has more, orange where the second has."""
    differences = figures(first, quantity) - figures(second, quantity)
    highest = float(np.abs(differences).max()) or 1.0
    texts = [[signed(value, quantity) for value in row] for row in differences]
    return _squares(differences, texts, space, _two_ways(), (-highest, highest), chosen)


def signed(value: float, quantity: str) -> str:
    """A difference as it stands in a square, with its sign: nothing for zero, shares in percentage points."""
    if value == 0:
        return ""
    size = charts.cell_text(abs(value), shares=quantity != COUNT)
    return f"{'+' if value > 0 else '−'}{size}"


def _two_ways() -> list[tuple[float, str]]:
    """Orange to violet through the page's ground: told apart with every kind of colour-blindness."""
    if charts.is_dark():
        return [(0, "#a34e00"), (0.5, "#16272b"), (1, "#6c55b0")]
    return [(0, "#d9822b"), (0.5, "#f4f7f7"), (1, "#7a62bf")]


def _squares(
    values: np.ndarray,
    texts: Sequence[Sequence[str]],
    space: LabelSpace,
    colours: list[tuple[float, str]],
    ends: tuple[float, float],
    chosen: Square | None,
) -> go.Figure:
    font = {"color": charts.ink(), "size": 13}
    figure = _heat(values, texts, space, colours, ends, {"hoverinfo": "skip"})
    _let_choose(figure, texts, space)
    figure = charts.framed(figure, HEIGHT, font=font, clickmode="event+select", dragmode=False, hoverdistance=REACH)
    if chosen is not None:
        true, predicted = chosen
        sides = {"x0": predicted - 0.5, "x1": predicted + 0.5, "y0": true - 0.5, "y1": true + 0.5}
        figure.add_shape(type="rect", **sides, line={"color": charts.ink(), "width": 3})
    return figure


def plain(counts: np.ndarray, space: LabelSpace, quantity: str, highest: float) -> go.Figure:
    """A matrix of which no square can be chosen; otherwise as `selectable`."""
    values = figures(counts, quantity)
    hover = {
        "customdata": [
            [f"{true.name} called {predicted.name}" for predicted in space.classes] for true in space.classes
        ],
        "hovertemplate": "%{customdata}: %{text}<extra></extra>",
    }
    figure = _heat(values, _written(values, quantity), space, charts.ramp(), (0, highest), hover)
    return charts.framed(figure, HEIGHT, font={"color": charts.ink(), "size": 13})


def _written(values: np.ndarray, quantity: str) -> list[list[str]]:
    return [[charts.cell_text(value, shares=quantity != COUNT) for value in row] for row in values]


def _heat(
    values: np.ndarray,
    texts: Sequence[Sequence[str]],
    space: LabelSpace,
    colours: list[tuple[float, str]],
    ends: tuple[float, float],
    hover: Mapping[str, object],
) -> go.Figure:
    """Squares with their figures and the names of the classes beside them."""
    names = [cell_class.abbreviation for cell_class in space.classes]
    heat = go.Heatmap(
        z=values,
        x=names,
        y=names,
        text=texts,
        texttemplate="%{text}",
        textfont={"color": charts.ink()} if charts.is_dark() else None,
        colorscale=colours,
        zmin=ends[0],
        zmax=ends[1],
        showscale=False,
        xgap=2,
        ygap=2,
        **hover,
    )
    figure = go.Figure(heat)
    figure.update_xaxes(title="the model said", side="top", showgrid=False, fixedrange=True, tickangle=0)
    return figure.update_yaxes(title="it was", autorange="reversed", showgrid=False, fixedrange=True)


def _let_choose(figure: go.Figure, texts: Sequence[Sequence[str]], space: LabelSpace) -> None:
    """Invisible marks over the squares: a heat map itself tells nobody that it was clicked."""
    names = [cell_class.abbreviation for cell_class in space.classes]
    pairs = [(true, predicted) for true in range(len(space)) for predicted in range(len(space))]
    unseen = {"marker": {"opacity": 0}}
    figure.add_scatter(
        x=[names[predicted] for _, predicted in pairs],
        y=[names[true] for true, _ in pairs],
        mode="markers",
        marker={"symbol": "square", "size": 30, "opacity": 0},
        selected=unseen,
        unselected=unseen,
        customdata=[
            [space.names[true], space.names[predicted], texts[true][predicted] or "0"] for true, predicted in pairs
        ],
        hovertemplate="%{customdata[0]} called %{customdata[1]}: %{customdata[2]}<extra></extra>",
    )
