"""Charts that look right in both themes: clear ground, few lines, figures written in."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from app.parts import words
from core.cells import LabelSpace

if TYPE_CHECKING:
    from core.evaluation.report import ClassReport
    from core.reader import Reading

STILL = {"staticPlot": True}
"""For charts that are looked at, not handled: a finger that passes over them scrolls the page."""

CALM = {"displayModeBar": False, "scrollZoom": False}

Measure = Literal["sensitivity", "specificity", "precision", "f1"]

_HUES = ("#1f9aa3", "#b0508a", "#a0634f", "#8a8f2a", "#c4762b", "#7768c9", "#7d868f")
_SYMBOLS = ("x", "square", "cross", "triangle-up", "star", "circle", "diamond")
_GREY = "#8b979b"


def is_dark() -> bool:
    return st.context.theme.type == "dark"


def ink() -> str:
    """Colour of text on charts."""
    return "#e6edee" if is_dark() else "#18262b"


def ramp() -> list[tuple[float, str]]:
    """One hue from near the page's ground to the accent, dark enough for light figures on it."""
    return [(0, "#16272b"), (1, "#14727a")] if is_dark() else [(0, "#f1f7f7"), (1, "#0b6b74")]


def model_style(architectures: Sequence[str], name: str) -> tuple[str, str]:
    """Colour and symbol of an architecture: by its place in the list of all, so that they never change."""
    place = list(architectures).index(name)
    return _HUES[place % len(_HUES)], _SYMBOLS[(place + place // len(_HUES)) % len(_SYMBOLS)]


def _framed(figure: go.Figure, height: int, **layout: object) -> go.Figure:
    margin = {"l": 8, "r": 8, "t": 8, "b": 8}
    figure.update_layout(
        height=height,
        margin=margin,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": ink(), "size": 14},
        showlegend=False,
    )
    return figure.update_layout(**layout)


def probability_bars(reading: "Reading", space: LabelSpace, muted: bool) -> go.Figure:
    """All classes, the likeliest on top, in class colours; grey where the model should not be believed."""
    keys = words.likeliest(reading, len(space))[::-1]
    bar = go.Bar(
        x=[reading.probabilities[key] for key in keys],
        y=[space[key].name for key in keys],
        text=[words.percent(reading.probabilities[key]) for key in keys],
        textposition="outside",
        textfont={"color": _GREY if muted else ink()},
        marker={"color": [_GREY if muted else space[key].colour for key in keys]},
        orientation="h",
        cliponaxis=False,
    )
    figure = _framed(go.Figure(bar), 36 * len(keys), bargap=0.35)
    figure.update_xaxes(range=[0, 1.18], visible=False)
    return figure.update_yaxes(ticksuffix="  ", showgrid=False, automargin=True, tickfont={"color": ink()})


def confusion(counts: np.ndarray, space: LabelSpace, shares: bool, highest: float) -> go.Figure:
    """One matrix: rows the true class, columns what the model said. highest: top of the scale that all share."""
    shown = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1) if shares else counts.astype(float)
    text = [[_cell(value, shares) for value in row] for row in shown]
    names = [kind.abbreviation for kind in space.classes]
    heat = go.Heatmap(
        z=shown,
        x=names,
        y=names,
        text=text,
        texttemplate="%{text}",
        textfont={"color": ink()} if is_dark() else None,
        customdata=[[f"{true.name} called {said.name}" for said in space.classes] for true in space.classes],
        hovertemplate="%{customdata}: %{text}<extra></extra>",
        colorscale=ramp(),
        zmin=0,
        zmax=highest,
        showscale=False,
        xgap=2,
        ygap=2,
    )
    figure = _framed(go.Figure(heat), 400, font={"color": ink(), "size": 13})
    figure.update_xaxes(title="the model said", side="top", showgrid=False, fixedrange=True, tickangle=0)
    return figure.update_yaxes(title="it was", autorange="reversed", showgrid=False, fixedrange=True)


def _cell(value: float, shares: bool) -> str:
    if value == 0:
        return ""
    if not shares:
        return f"{value:.0f}"
    if 0.99 < value < 1:
        return ">99"
    return "<1" if value < 0.01 else f"{100 * value:.0f}"


def dots(
    reports: "Mapping[str, Sequence[ClassReport]]",
    styles: Mapping[str, tuple[str, str]],
    space: LabelSpace,
    measure: Measure,
) -> go.Figure:
    """A dot with its interval for each class and model; hollow where too few cells make it soft."""
    figure = go.Figure()
    lowest = 1.0
    step = 0.7 / max(len(reports), 1)
    for number, (name, classes) in enumerate(reports.items()):
        figures = [getattr(one, measure) for one in classes]
        values, lows, highs = (np.array([getattr(f, end) for f in figures]) for end in ("value", "low", "high"))
        lowest = min(lowest, float(np.nanmin(lows, initial=1.0)))
        colour, symbol = styles[name]
        figure.add_scatter(
            x=values,
            y=np.arange(len(classes)) - 0.35 + step * (number + 0.5),
            error_x={"array": highs - values, "arrayminus": values - lows, "thickness": 1.5, "width": 0},
            mode="markers",
            name=name,
            marker={"color": colour, "symbol": [f"{symbol}-open" if c.soft else symbol for c in classes], "size": 10},
            customdata=[words.rate(f) for f in figures],
            hovertemplate=f"{name}: %{{customdata}}<extra></extra>",
        )
    ticks = [f"{space[one.key].name} ({one.n:,})" for one in next(iter(reports.values()))]
    figure = _framed(figure, 60 + 46 * len(space) + 8 * len(space) * len(reports), showlegend=True, legend=_LEGEND)
    figure.update_xaxes(tickformat=".0%", range=[max(0.0, np.floor(lowest * 10) / 10), 1.005], fixedrange=True)
    return figure.update_yaxes(
        tickvals=list(range(len(ticks))), ticktext=ticks, autorange="reversed", fixedrange=True, zeroline=False
    )


_LEGEND = {"orientation": "h", "x": 0, "y": 1.01, "yanchor": "bottom", "title": None}


def curves(
    histories: Mapping[str, pd.DataFrame],
    styles: Mapping[str, tuple[str, str]],
    best: Mapping[str, int],
    what: Literal["loss", "accuracy"],
) -> go.Figure:
    """Training (dotted) and validation (solid) by epoch; a mark where the epoch that was kept is."""
    figure = go.Figure()
    for name, table in histories.items():
        colour, symbol = styles[name]
        for part, dash in (("train", "dot"), ("val", "solid")):
            figure.add_scatter(
                x=table["epoch"],
                y=table[f"{part}_{what}"],
                mode="lines",
                name=name,
                legendgroup=name,
                showlegend=part == "val",
                line={"color": colour, "dash": dash, "width": 2},
                hovertemplate=f"{name}, {'training' if part == 'train' else 'validation'}: %{{y:.3f}}<extra></extra>",
            )
        kept = table[table["epoch"] == best.get(name)]
        marker = {"color": colour, "symbol": symbol, "size": 11}
        figure.add_scatter(x=kept["epoch"], y=kept[f"val_{what}"], mode="markers", marker=marker, showlegend=False)
    figure = _framed(figure, 340, showlegend=True, legend=_LEGEND)
    figure.update_xaxes(title="epoch", fixedrange=True, rangemode="tozero")
    return figure.update_yaxes(
        title=what, tickformat=".0%" if what == "accuracy" else None, fixedrange=True, zeroline=False
    )
