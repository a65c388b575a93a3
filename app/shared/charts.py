"""Charts that look right in both themes and in print: the page's ground, few lines, figures written in."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from app.shared import words
from app.shared.language import class_name
from core.evaluation.metrics.registry import CLASS_METRICS
from core.labels import LabelSpace

if TYPE_CHECKING:
    from core.evaluation.intervals import Interval, Rate
    from core.evaluation.report import ClassReport
    from core.inference.reader import Reading
    from core.teaching import ClassScore

STILL = {"staticPlot": True}
"""For charts that are looked at, not handled: a finger that passes over them scrolls the page."""


def saved_as(name: str) -> dict[str, object]:
    """For charts that are handled: nothing moves, and a button saves smearlens-NAME.png, sharp in print."""
    picture = {"format": "png", "filename": f"smearlens-{name}", "scale": 2}
    camera = {"modeBarButtons": [["toImage"]], "toImageButtonOptions": picture}
    return {"displayModeBar": "hover", "displaylogo": False, "scrollZoom": False, **camera}


CALM = saved_as("chart")
"""The same, where the page has no better name for the picture."""


_HUES = ("#1f9aa3", "#b0508a", "#a0634f", "#8a8f2a", "#c4762b", "#7768c9", "#7d868f")
SYMBOLS = ("x", "square", "cross", "triangle-up", "star", "circle", "diamond")
GREY = "#8b979b"


def is_dark() -> bool:
    return st.context.theme.type == "dark"


def ink() -> str:
    """Colour of text on charts."""
    return "#e6edee" if is_dark() else "#18262b"


def ground() -> str:
    """Colour of the page, so that a chart which is saved as a picture can be read anywhere."""
    return "#10181b" if is_dark() else "#ffffff"


def ramp() -> list[tuple[float, str]]:
    """One hue from near the page's ground to the accent, dark enough for light figures on it."""
    return [(0, "#16272b"), (1, "#14727a")] if is_dark() else [(0, "#f1f7f7"), (1, "#0b6b74")]


Style = tuple[str, str]
"""Colour and symbol."""


def model_styles(architectures: Sequence[str], models: Mapping[str, str]) -> dict[str, Style]:
    """By name, a style for every model of `models`, which maps names to architectures; no two are alike.

    A model gets the style that its architecture has by its place in the list of all, so that it never
    changes. A second model of the same architecture, or one of an architecture that is not in the list, such
    as an ensemble, gets one that is left over, of the colour that the models before it, which are those that
    are looked at most, use least. There are 49 styles; from the 50th model on they repeat.
    """
    reserved = {style(place) for place in range(len(architectures))}
    free = [other for other in map(style, range(len(_HUES) * len(SYMBOLS))) if other not in reserved]
    styles: dict[str, Style] = {}
    # A model that is called as its architecture comes before others of it.
    for name in sorted(models, key=lambda name: name != models[name]):
        base = style(architectures.index(models[name])) if models[name] in architectures else None
        if base and base not in styles.values():
            styles[name] = base
    for name in models:
        if name not in styles:
            styles[name] = min(free, key=lambda other: _use(other[0], models, styles)) if free else style(len(styles))
            free = [other for other in free if other != styles[name]]
    return {name: styles[name] for name in models}


def _use(hue: str, models: Iterable[str], styles: Mapping[str, Style]) -> float:
    """How much a colour is used, the first models counting most."""
    return sum(1 / (1 + place) for place, name in enumerate(models) if styles.get(name, ("", ""))[0] == hue)


def style(place: int) -> Style:
    """The style of a place in a list; the first 49 are all different."""
    return _HUES[place % len(_HUES)], SYMBOLS[(place + place // len(_HUES)) % len(SYMBOLS)]


def framed(figure: go.Figure, height: int, **layout: object) -> go.Figure:
    margin = {"l": 8, "r": 8, "t": 8, "b": 8}
    figure.update_layout(
        height=height,
        margin=margin,
        paper_bgcolor=ground(),
        plot_bgcolor=ground(),
        font={"color": ink(), "size": 14},
        showlegend=False,
    )
    return figure.update_layout(**layout)


def whiskers(
    values: npt.ArrayLike, lows: npt.ArrayLike, highs: npt.ArrayLike, thickness: float = 2.0
) -> dict[str, object]:
    """Plotly's error bars from values to the ends of their intervals, without caps; arguments (N,)."""
    value = np.asarray(values, dtype=float)
    return {
        "array": np.asarray(highs, dtype=float) - value,
        "arrayminus": value - np.asarray(lows, dtype=float),
        "thickness": thickness,
        "width": 0,
    }


def interval_bars(figures: "Iterable[Rate | Interval]", thickness: float = 2.0) -> dict[str, object]:
    """Error bars of figures with their intervals."""
    ends = np.array([(figure.value, figure.low, figure.high) for figure in figures], dtype=float).reshape(-1, 3)
    return whiskers(ends[:, 0], ends[:, 1], ends[:, 2], thickness)


def probability_bars(reading: "Reading", space: LabelSpace, *, muted: bool) -> go.Figure:
    """All classes, the likeliest on top, in class colours; grey where the model should not be believed."""
    keys = words.likeliest(reading, len(space))[::-1]
    bar = go.Bar(
        x=[reading.probabilities[key] for key in keys],
        y=[class_name(space[key]) for key in keys],
        text=[words.percent(reading.probabilities[key]) for key in keys],
        textposition="outside",
        textfont={"color": GREY if muted else ink()},
        marker={"color": [GREY if muted else space[key].colour for key in keys]},
        orientation="h",
        cliponaxis=False,
    )
    figure = framed(go.Figure(bar), 36 * len(keys), bargap=0.35)
    figure.update_xaxes(range=[0, 1.35], visible=False)
    return figure.update_yaxes(ticksuffix="  ", showgrid=False, automargin=True, tickfont={"color": ink()})


def cell_text(value: float, *, shares: bool) -> str:
    """What is written into a square: a count, or a share in percent; nothing for none."""
    if value == 0:
        return ""
    if not shares:
        return f"{value:.0f}"
    if 0.99 < value < 1:
        return ">99"
    return "<1" if value < 0.01 else f"{100 * value:.0f}"


def dots(
    reports: "Mapping[str, Sequence[ClassReport | ClassScore]]",
    styles: Mapping[str, Style],
    space: LabelSpace,
    metric: str,
) -> go.Figure:
    """A dot with its interval for each class and model; hollow where too few cells make it soft."""
    chart = go.Figure()
    lowest = 1.0
    step = 0.7 / max(len(reports), 1)
    for number, (name, classes) in enumerate(reports.items()):
        figures = [report[metric] for report in classes]
        lowest = min(lowest, float(np.nanmin([figure.low for figure in figures], initial=1.0)))
        colour, symbol = styles[name]
        chart.add_scatter(
            x=[figure.value for figure in figures],
            y=np.arange(len(classes)) - 0.35 + step * (number + 0.5),
            error_x=interval_bars(figures, 1.5),
            mode="markers",
            name=name,
            marker={"color": colour, "symbol": [f"{symbol}-open" if c.soft else symbol for c in classes], "size": 10},
            customdata=[words.rate(figure) for figure in figures],
            hovertemplate=f"{name}: %{{customdata}}<extra></extra>",
        )
    ticks = [f"{space[report.key].name} ({report.n:,})" for report in next(iter(reports.values()))]
    chart = framed(chart, 60 + 46 * len(space) + 8 * len(space) * len(reports), showlegend=True, legend=LEGEND)
    left = max(CLASS_METRICS[metric].low, np.floor(lowest * 10) / 10)
    chart.update_xaxes(tickformat=".0%", range=[left, 1.005], fixedrange=True)
    return chart.update_yaxes(
        tickvals=list(range(len(ticks))), ticktext=ticks, autorange="reversed", fixedrange=True, zeroline=False
    )


LEGEND = {"orientation": "h", "x": 0, "y": 1.01, "yanchor": "bottom", "title": None}


COURSES = {"loss": ("train_loss", "val_loss"), "accuracy": ("train_accuracy", "val_accuracy"), "learning rate": ("lr",)}
"""What is drawn by epoch, and the columns of the history that it is in; the last is marked at the epoch kept."""


def curves(
    histories: Mapping[str, pd.DataFrame], styles: Mapping[str, Style], best: Mapping[str, int], what: str
) -> go.Figure:
    """Training (dotted) and validation (solid) by epoch; a mark where the epoch that was kept is."""
    figure = go.Figure()
    columns = COURSES[what]
    for name, table in histories.items():
        colour, symbol = styles[name]
        for column in columns:
            part = {"train": ", training", "val": ", validation"}.get(column.split("_")[0], "")
            figure.add_scatter(
                x=table["epoch"],
                y=table[column],
                mode="lines",
                name=name,
                legendgroup=name,
                showlegend=column == columns[-1],
                line={"color": colour, "dash": "dot" if column.startswith("train") else "solid", "width": 2},
                hovertemplate=f"{name}{part}: %{{y:.3{'g' if column == 'lr' else 'f'}}}<extra></extra>",
            )
        best_epoch = table[table["epoch"] == best.get(name)]
        marker = {"color": colour, "symbol": symbol, "size": 11}
        figure.add_scatter(
            x=best_epoch["epoch"], y=best_epoch[columns[-1]], mode="markers", marker=marker, showlegend=False
        )
    figure = framed(figure, 340, showlegend=True, legend=LEGEND)
    figure.update_xaxes(title="epoch", fixedrange=True, rangemode="tozero")
    if what == "learning rate":
        figure.update_yaxes(type="log", range=_rates(histories), dtick=1, exponentformat="power")
    return figure.update_yaxes(
        title=what, tickformat=".0%" if what == "accuracy" else None, fixedrange=True, zeroline=False
    )


def _rates(histories: Mapping[str, pd.DataFrame]) -> tuple[float, float]:
    """Powers of ten from a thousandth of the smallest peak, since rates fall to nothing, to above the highest."""
    peaks = [float(table["lr"].max()) for table in histories.values()]
    return float(np.log10(min(peaks))) - 3, float(np.log10(max(peaks))) + 0.2
