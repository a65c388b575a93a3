"""Charts for slides and print, as PNG on white: the same content as on the screen, drawn by Matplotlib."""

import io
from typing import TYPE_CHECKING

import numpy as np

from app.shared import charts
from app.shared.plots import Intervals, Matrices, rows_of
from app.shared.words import SPACE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH, HEIGHT, DPI = 12.0, 4.6, 160
"""Inches, and dots an inch."""

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


def png(chart: Intervals | Matrices) -> bytes:
    """The chart as a picture of WIDTH by HEIGHT."""
    return _matrices(chart) if isinstance(chart, Matrices) else _intervals(chart)


def _canvas() -> "Figure":
    # Not pyplot, which keeps every figure that it made and is not meant for several visitors at once.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, HEIGHT), dpi=DPI, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _saved(figure: "Figure") -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


def _intervals(chart: Intervals) -> bytes:
    figure = _canvas()
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
            markersize=8,
            label=None if series.name in in_legend else series.name,
        )
        in_legend.add(series.name)
    axes.set_yticks(range(len(chart.rows)), chart.rows)
    axes.set_ylim(len(chart.rows) - 0.4, -0.6)
    axes.set_xlim(chart.lowest, 1.005)
    axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f}{SPACE}%")
    axes.grid(axis="x", color="#d5dcde")
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=14, colors=INK, length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    if chart.legend:
        figure.legend(loc="outside upper center", ncols=min(len(chart.series), 6), fontsize=13, frameon=False)
    return _saved(figure)


def _matrices(chart: Matrices) -> bytes:
    from matplotlib.colors import LinearSegmentedColormap

    figure = _canvas()
    colours = LinearSegmentedColormap.from_list("ours", [PALE, ACCENT])
    abbreviations = [cell_class.abbreviation for cell_class in chart.space.classes]
    for axes, name, counts in zip(
        figure.subplots(1, len(chart.names), squeeze=False)[0], chart.names, chart.counts, strict=True
    ):
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        axes.imshow(shares, cmap=colours, vmin=0, vmax=1)
        for row, column in zip(*np.nonzero(counts), strict=True):
            text_colour = "white" if shares[row, column] > 0.5 else INK
            axes.text(
                column,
                row,
                charts.cell_text(shares[row, column], shares=True),
                ha="center",
                va="center",
                color=text_colour,
                fontsize=11,
            )
        axes.set_xticks(range(len(abbreviations)), abbreviations)
        axes.set_yticks(range(len(abbreviations)), abbreviations)
        axes.set_title(name, fontsize=15, color=INK)
        axes.set_xlabel("the model said", fontsize=13, color=INK)
        axes.set_ylabel("it was", fontsize=13, color=INK)
        axes.tick_params(labelsize=12, colors=INK, length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)
    return _saved(figure)
