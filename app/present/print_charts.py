"""Charts for slides and print, as PNG on white: the same content as on the screen, drawn by Matplotlib."""

import io
from typing import TYPE_CHECKING

import numpy as np

from app.shared import charts
from app.shared.plots import Intervals, Matrices, rows_of
from app.shared.words import SPACE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = 160
"""Dots an inch: 1,920 across a slide's body, as many as projectors have."""

LETTERS, SMALL = 17, 14
"""Points, as large on a slide as they are here."""

INK, ACCENT, PALE = "#18262b", "#0b6b74", "#f1f7f7"

_MARKERS = {
    "x": "X",
    "square": "s",
    "cross": "P",
    "triangle-up": "^",
    "star": "*",
    "circle": "o",
    "diamond": "D",
}
"""Matplotlib's marks for those of Plotly."""


def png(chart: Intervals | Matrices, width: float, height: float) -> bytes:
    """The chart as a picture of that many inches."""
    figure = _canvas(width, height)
    if isinstance(chart, Matrices):
        _matrices(figure, chart)
    else:
        _intervals(figure, chart)
    file = io.BytesIO()
    figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


def _canvas(width: float, height: float) -> "Figure":
    # Not pyplot, which keeps every figure that it made and is not meant for several visitors at once.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=DPI, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _intervals(figure: "Figure", chart: Intervals) -> None:
    axes = figure.add_subplot()
    in_legend = set()
    for series, row, aside, rate in rows_of(chart):
        colour, symbol = series.style
        ends = [[max(rate.value - rate.low, 0)], [max(rate.high - rate.value, 0)]]
        axes.errorbar(
            rate.value,
            row + aside,
            xerr=None if np.isnan(rate.low) else ends,
            fmt=_MARKERS[symbol],
            color=colour,
            markerfacecolor="white" if series.hollow[row] else colour,
            markersize=11,
            elinewidth=2.5,
            label=None if series.name in in_legend else series.name,
        )
        in_legend.add(series.name)
    axes.set_yticks(range(len(chart.rows)), chart.rows)
    axes.set_ylim(len(chart.rows) - 0.4, -0.6)
    axes.set_xlim(chart.lowest, 1.005)
    axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f}{SPACE}%")
    axes.grid(axis="x", color="#d5dcde")
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=LETTERS, colors=INK, length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    if chart.legend:
        figure.legend(loc="outside upper center", ncols=min(len(chart.series), 4), fontsize=LETTERS, frameon=False)


def _matrices(figure: "Figure", chart: Matrices) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    colours = LinearSegmentedColormap.from_list("ours", [PALE, ACCENT])
    names = list(chart.space.names)
    for axes, model, counts in zip(
        figure.subplots(1, len(chart.names), squeeze=False)[0], chart.names, chart.counts, strict=True
    ):
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        axes.imshow(shares, cmap=colours, vmin=0, vmax=1, aspect="auto")
        for row, column in zip(*np.nonzero(counts), strict=True):
            text_colour = "white" if shares[row, column] > 0.5 else INK
            axes.text(
                column,
                row,
                charts.cell_text(shares[row, column], shares=True),
                ha="center",
                va="center",
                color=text_colour,
                fontsize=SMALL,
            )
        axes.set_xticks(range(len(names)), [name.replace(" ", "\n") for name in names])
        axes.set_yticks(range(len(names)), names)
        axes.set_xlabel(f"{model} called it", fontsize=SMALL, color=INK)
        axes.set_ylabel("it was", fontsize=SMALL, color=INK)
        axes.tick_params(labelsize=SMALL, colors=INK, length=0)
        axes.tick_params(axis="x", labelsize=min(SMALL, _across(figure, names)))
        for spine in axes.spines.values():
            spine.set_visible(False)


def _across(figure: "Figure", names: list[str]) -> float:
    """Points at which the longest word of a class keeps within its column, with room for the names at the left."""
    from app.present.typesetting import longest_word

    room = 0.8 * 72 * float(figure.get_figwidth()) / len(names)
    return float(SMALL * room / max(longest_word(name, SMALL) for name in names))
