"""A study's runs as dots with intervals, and its published figures beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from app.shared import charts
from core.evaluation.intervals import Interval, Rate
from core.experiments.studies import Study
from core.experiments.studies.results import Result

OURS, THEIRS = "#1f9aa3", "#c4762b"
LINE = 38
"""Pixels a row."""


@dataclass(frozen=True)
class Row:
    """One run on test (or the split that the study measured on), and the figure published for it, if any."""

    title: str
    figure: Interval | Rate
    published: float | None


def rows(study: Study, results: Mapping[str, Result], *, by_photo: bool) -> list[Row]:
    """Every recorded run, in the study's order; validation as well where the study measured on that."""
    on_test = {row.run: row.figures.get("accuracy") for row in study.published if row.of != "val"}
    on_val = {row.run: row.figures.get("accuracy") for row in study.published if row.of == "val"}
    rows_of_chart = []
    for name, result in results.items():
        if on_val and "val" in result.splits:
            scores = result.by_photo("val") if by_photo else result.by_image("val")
            rows_of_chart.append(Row(f"{name}, validation", scores.accuracy, on_val.get(name)))
        scores = result.by_photo() if by_photo else result.by_image()
        rows_of_chart.append(Row(f"{name}, test" if on_val else name, scores.accuracy, on_test.get(name)))
    return rows_of_chart


def dots(rows_of_chart: Sequence[Row]) -> go.Figure:
    """A dot with its interval for each run; hollow diamonds are published."""
    figure = go.Figure()
    values = [row.figure.value for row in rows_of_chart]
    places = list(range(len(rows_of_chart)))
    figure.add_scatter(
        x=values,
        y=places,
        error_x=charts.interval_bars(row.figure for row in rows_of_chart),
        mode="markers",
        marker={"color": OURS, "size": 11},
        name="ours",
    )
    published = [(row.published, place) for place, row in enumerate(rows_of_chart) if row.published is not None]
    figure.add_scatter(
        x=[value for value, _ in published],
        y=[place for _, place in published],
        mode="markers",
        marker={"color": THEIRS, "symbol": "diamond-open", "size": 13, "line": {"width": 2}},
        name="published",
    )
    figure.update_layout(
        height=70 + LINE * len(rows_of_chart),
        margin={"l": 8, "r": 16, "t": 8, "b": 8},
        paper_bgcolor=charts.ground(),
        plot_bgcolor=charts.ground(),
        font={"color": charts.ink(), "size": 14},
        legend={"orientation": "h", "x": 0, "y": 1.01, "yanchor": "bottom", "title": None},
    )
    figure.update_xaxes(range=[0, 1.02], tickformat=".0%", fixedrange=True)
    return figure.update_yaxes(
        tickvals=places,
        ticktext=[_folded(row.title) for row in rows_of_chart],
        autorange="reversed",
        fixedrange=True,
        zeroline=False,
        automargin=True,
    )


def _folded(title: str) -> str:
    """A long title on two lines, so that a narrow screen leaves room for the dots."""
    if len(title) <= 22:
        return title
    left, _, right = title.partition(", ")
    return f"{left}<br>{right}" if right else title
