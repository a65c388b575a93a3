"""The chart that sets accuracy against cost."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from app.shared import charts, words
from app.shared.figures import costs
from app.shared.figures.costs import Point

TICKS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999)
"""Accuracies that the axis of the cost chart names."""


def against_cost(models: Sequence[Point], styles: Mapping[str, charts.Style], title: str) -> go.Figure:
    """Accuracy with its interval against cost, both on scales of powers, the frontier as a line.

    The upright axis is drawn by the share that is wrong, so that 99 % and 99.5 % lie as far apart as
    90 % and 95 %.
    """
    figure = go.Figure()
    best = costs.frontier(models)
    line = {"color": charts.GREY, "width": 1.5, "dash": "dot"}
    xs, ys = [model.cost for model in best], [_wrong(model)[0] for model in best]
    figure.add_scatter(x=xs, y=ys, mode="lines", line=line, hoverinfo="skip", showlegend=False)
    x_range, y_range = _ranges(models)
    by_accuracy = sorted(models, key=lambda model: -model.accuracy.value)
    order = [*best, *(model for model in by_accuracy if model not in best)]
    sides = costs.label_sides({model.name: _place(model, x_range, y_range) for model in order})
    for model in by_accuracy:
        value, low, high = _wrong(model)
        colour, symbol = styles[model.name]
        figure.add_scatter(
            x=[model.cost],
            y=[value],
            error_y=charts.whiskers([value], [high], [low], 1),
            mode="markers+text" if sides[model.name] else "markers",
            name=model.name,
            marker={"color": colour, "symbol": symbol, "size": 11},
            text=[model.name],
            textposition=sides[model.name] or None,
            textfont={"size": 12, "color": charts.ink()},
            cliponaxis=False,
            customdata=[[words.rate(model.accuracy), f"{model.cost:,.4g}"]],
            hovertemplate=f"{model.name}: %{{customdata[0]}} right<br>{title}: %{{customdata[1]}}<extra></extra>",
        )
    below = {"orientation": "h", "x": 0, "y": -0.16, "yanchor": "top", "title": None, "itemclick": False}
    figure = charts.framed(figure, 620, showlegend=True, legend=below | {"itemdoubleclick": False})
    marks = _round_figures(x_range)
    figure.update_xaxes(
        title=title, type="log", range=x_range, tickvals=marks, ticktext=list(map(words.short, marks)), fixedrange=True
    )
    ticks = [1 - tick for tick in TICKS]
    return figure.update_yaxes(
        title="right answers",
        type="log",
        range=y_range,
        tickvals=ticks,
        ticktext=[f"{100 * tick:g} %" for tick in TICKS],
        fixedrange=True,
        zeroline=False,
    )


def _round_figures(powers: tuple[float, float]) -> list[float]:
    """Ticks between two powers of ten: each power, and twice and five times it where there are few of them."""
    steps = (1, 2, 5) if powers[1] - powers[0] < 2 else (1,)
    whole = range(int(np.floor(powers[0])), int(np.ceil(powers[1])) + 1)
    figures = [step * 10.0**power for power in whole for step in steps]
    return [figure for figure in figures if powers[0] <= np.log10(figure) <= powers[1]]


def _wrong(model: Point) -> tuple[float, float, float]:
    """The share that is wrong, as measured, and where the accuracy is lowest and highest."""
    rate = model.accuracy
    value, low, high = (costs.wrong(share, rate.n) for share in (rate.value, rate.low, rate.high))
    return value, low, high


def _ranges(models: Sequence[Point]) -> tuple[tuple[float, float], tuple[float, float]]:
    """Powers of ten at the ends of both axes, with some room; the upright one runs from much wrong to little."""
    across = np.log10([model.cost for model in models])
    upright = np.log10([end for model in models for end in _wrong(model)])
    room = 0.08 * max(float(np.ptp(across)), 1.0)
    return (
        (float(across.min()) - room, float(across.max()) + room),
        (float(upright.max()) + 0.08, float(upright.min()) - 0.08),
    )


def _place(model: Point, across: tuple[float, float], upright: tuple[float, float]) -> tuple[float, float]:
    """From 0 to 1 along both axes."""
    x, y = np.log10(model.cost), np.log10(_wrong(model)[0])
    return float((x - across[0]) / (across[1] - across[0])), float((y - upright[0]) / (upright[1] - upright[0]))
