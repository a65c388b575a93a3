"""Charts of a search and of a cross-validation."""

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from app.shared import charts
from core.evaluation.results.folds import CrossValidation
from core.evaluation.results.searches import Search

DOT = "#1f9aa3"
ACCURACIES = (0.1, 0.2, 0.5, 0.7, 0.8, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 0.998)
"""Accuracies that an axis names where they are in its range."""
LINE = 46
"""Pixels a row of dots."""
STEP = 78
"""Pixels from one axis of trials to the next."""
SPREAD = 0.05
"""Width over which trials of the same choice are spread, as a share of an axis, so that each can be seen."""

Ticks = list[tuple[float, str]]
"""Places along an axis, from 0 to 1, and what is written there."""


def parallel(search: Search) -> go.Figure:
    """A line for each trial, down through its settings to its validation accuracy; dotted where it ended early, the
    best one thick.

    One axis lies below the other, so that a narrow screen has room for their figures. Accuracy is drawn by the
    share that is wrong on a scale of powers, so that 98 and 99 % lie apart.
    """
    ran = search.trials[search.trials["val_accuracy"].notna()].sort_values("val_accuracy", kind="stable")
    space = search.facts.declaration["space"]
    names = search.facts.settings
    axes = [_axis(ran[name], space[name]) for name in names] + [_accuracy_axis(ran["val_accuracy"])]
    best = None if search.best is None else search.best.name
    figure = go.Figure()
    for row, (number, shade) in enumerate(zip(ran.index, _shades(len(ran)), strict=True)):
        trial, thick = ran.loc[number], number == best
        settings = ", ".join(f"{title(name)} {short(trial[name])}" for name in names)
        figure.add_scatter(
            x=[places[row] for places, _ in axes],
            y=list(range(len(axes))),
            mode="lines+markers",
            line={
                "color": shade,
                "width": 4 if thick else 1.8,
                "dash": "dot" if trial["state"] == "pruned" else "solid",
            },
            marker={"color": shade, "size": 9 if thick else 6},
            hovertemplate=f"{settings}: {100 * trial['val_accuracy']:.1f} %<extra></extra>",
        )
    _draw_axes(figure, [*map(title, names), "right on validation"], [ticks for _, ticks in axes])
    figure.update_layout(height=40 + STEP * len(axes), hovermode="closest", **_clear(), font=_font())
    figure.update_xaxes(visible=False, range=[-0.04, 1.04], fixedrange=True)
    return figure.update_yaxes(visible=False, range=[len(axes) - 0.45, -0.5], fixedrange=True)


def _draw_axes(figure: go.Figure, labels: list[str], ticks: list[Ticks]) -> None:
    """A line, its name above it and its figures below it, for each axis; figures are outlined by the ground."""
    for place, (label, marks) in enumerate(zip(labels, ticks, strict=True)):
        figure.add_shape(
            type="line", x0=-0.02, x1=1.02, y0=place, y1=place, line={"color": "#8b979b", "width": 1}, layer="below"
        )
        plain = {"showarrow": False, "bgcolor": charts.ground(), "borderpad": 1, "opacity": 0.9}
        figure.add_annotation(
            x=-0.02, y=place, xanchor="left", yshift=15, text=f"<b>{label}</b>", font={"size": 13}, **plain
        )
        for at, text in marks:
            figure.add_annotation(x=at, y=place, yshift=-15, text=text, font={"size": 12}, **plain)


def _shades(count: int) -> list[str]:
    """A colour for each trial, from the least accurate, which is pale, to the most accurate."""
    pale, strong = ((85, 103, 109), (92, 196, 203)) if charts.is_dark() else ((179, 194, 197), (11, 107, 116))
    mixed = np.linspace(pale, strong, count).round().astype(int)
    return [f"rgb({red}, {green}, {blue})" for red, green, blue in mixed]


def _font() -> dict[str, object]:
    return {"color": charts.ink(), "size": 14}


def _clear() -> dict[str, object]:
    margin = {"l": 8, "r": 16, "t": 8, "b": 8}
    return {"margin": margin, "paper_bgcolor": charts.ground(), "plot_bgcolor": charts.ground(), "showlegend": False}


def title(setting: str) -> str:
    """A setting as people say it."""
    return {"augment": "augmentation", "ema_decay": "EMA decay"}.get(setting, setting.replace("_", " "))


def short(value: object) -> str:
    """A setting's value in few characters."""
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _axis(values: "pd.Series[float]", declared: dict[str, Any]) -> tuple[list[float], Ticks]:
    """Where each trial lies from 0 to 1, and the ticks: choices at equal distances, numbers on their scale."""
    if declared["kind"] == "choice":
        choices = list(declared["values"])
        at = list(np.linspace(0.04, 0.96, len(choices))) if len(choices) > 1 else [0.5]
        asides = np.linspace(-SPREAD / 2, SPREAD / 2, len(values)) if len(values) > 1 else [0.0]
        places = [at[choices.index(value)] + aside for value, aside in zip(values, asides, strict=True)]
        return places, [(place, short(one)) for place, one in zip(at, choices, strict=True)]
    low, high, powers = declared["low"], declared["high"], declared["log"]
    scale = np.log10 if powers else np.asarray
    places = [float(one) for one in (scale(values) - scale(low)) / (scale(high) - scale(low))]
    marks = _powers(low, high) if powers else list(np.linspace(low, high, 5))
    return places, [(float((scale(one) - scale(low)) / (scale(high) - scale(low))), f"{one:.3g}") for one in marks]


def _powers(low: float, high: float) -> list[float]:
    """Both ends, and the powers of ten between them that do not crowd these."""
    between = [10.0**power for power in range(int(np.ceil(np.log10(low))), int(np.floor(np.log10(high))) + 1)]
    room = 0.12 * np.log10(high / low)
    return [low, *(tick for tick in between if min(np.log10(tick / low), np.log10(high / tick)) > room), high]


def _accuracy_axis(values: "pd.Series[float]") -> tuple[list[float], Ticks]:
    """The same for accuracies, from the lowest to the highest, which are both told."""
    wrong = values.map(_by_wrong)
    low, high = float(wrong.min()), float(wrong.max())
    if high == low:
        return [0.5] * len(wrong), [(0.5, _percent(float(values.min())))]
    ticks: Ticks = [(0.0, _percent(float(values.min()))), (1.0, _percent(float(values.max())))]
    for accuracy in ACCURACIES:
        place = (_by_wrong(accuracy) - low) / (high - low)
        if 0 < place < 1 and all(abs(place - other) > 0.15 for other, _ in ticks):
            ticks.append((place, _percent(accuracy)))
    return [float(accuracy) for accuracy in (wrong - low) / (high - low)], sorted(ticks)


def _percent(accuracy: float) -> str:
    return f"{100 * accuracy:.3g} %"


def _by_wrong(accuracy: float) -> float:
    """Larger by one for each time that ten times fewer are wrong."""
    return -float(np.log10(max(1 - accuracy, 1e-4)))


def fold_dots(results: CrossValidation, figures: dict[str, str]) -> go.Figure:
    """For each figure (name -> title) a dot a fold, and the mean as an upright stroke."""
    figure = go.Figure()
    for place, name in enumerate(figures):
        values = results.folds[name]
        figure.add_scatter(
            x=values,
            y=[place] * len(values),
            mode="markers",
            marker={"color": DOT, "size": 11, "opacity": 0.75},
            customdata=results.folds["fold"],
            hovertemplate="fold %{customdata}: %{x:.2%}<extra></extra>",
        )
        figure.add_scatter(
            x=[values.mean()],
            y=[place],
            mode="markers",
            marker={
                "color": charts.ink(),
                "symbol": "line-ns",
                "size": 24,
                "line": {"width": 2, "color": charts.ink()},
            },
            hovertemplate="mean: %{x:.2%}<extra></extra>",
        )
    figure.update_layout(height=50 + LINE * len(figures), **_clear(), font=_font())
    figure.update_xaxes(tickformat=".1%", fixedrange=True, nticks=6)
    return figure.update_yaxes(
        tickvals=list(range(len(figures))),
        ticktext=list(figures.values()),
        autorange="reversed",
        fixedrange=True,
        zeroline=False,
        automargin=True,
    )
