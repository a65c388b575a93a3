"""More charts for the screen: figures with intervals by row, and whether confidence is true to its word."""

from collections.abc import Sequence

import plotly.graph_objects as go
import streamlit as st

from app.shared import charts, plots, words
from app.shared.charts import GREY, LEGEND, Style, framed, ink, interval_bars
from app.shared.plots import Intervals, rows_of
from core.evaluation.reliability import Bin


def intervals(chart: Intervals) -> go.Figure:
    """A dot with its interval for each row and series; hollow where it rests on few cells."""
    figure = go.Figure()
    for series in chart.series:
        marks = [mark for mark in rows_of(chart) if mark[0] is series]
        values = [figure.value for _, _, _, figure in marks]
        colour, symbol = series.style
        figure.add_scatter(
            x=values,
            y=[row + aside for _, row, aside, _ in marks],
            error_x=interval_bars(figure for _, _, _, figure in marks),
            mode="markers",
            name=series.name,
            marker={
                "color": colour,
                "symbol": [f"{symbol}-open" if series.hollow[row] else symbol for _, row, _, _ in marks],
                "size": 11,
            },
            customdata=[[chart.rows[row], words.rate(figure)] for _, row, _, figure in marks],
            hovertemplate=f"{series.name}: %{{customdata[0]}}, %{{customdata[1]}}<extra></extra>",
        )
    crowd = len(chart.series) if chart.legend else 1
    figure = framed(figure, 60 + len(chart.rows) * (34 + 9 * crowd), showlegend=chart.legend, legend=LEGEND)
    figure.update_xaxes(tickformat=".0%", range=[chart.lowest, 1.005], fixedrange=True)
    return figure.update_yaxes(
        tickvals=list(range(len(chart.rows))),
        ticktext=[folded(row) for row in chart.rows],
        range=[len(chart.rows) - 0.4, -0.6],
        fixedrange=True,
        zeroline=False,
        automargin=True,
    )


def folded(title: str) -> str:
    """A long row title on two lines, so that a narrow screen leaves room for the marks."""
    if len(title) <= 20 or " " not in title:
        return title
    middle = min((place for place, letter in enumerate(title) if letter == " "), key=lambda at: abs(at - 14))
    return f"{title[:middle]}<br>{title[middle + 1 :]}"


def reliability(bins: Sequence[Bin], style: Style) -> go.Figure:
    """Share of right answers against stated confidence, both by bin, with intervals; on the line all is as stated."""
    colour, symbol = style
    figure = go.Figure()
    lowest = min([bin_.confidence for bin_ in bins] + [bin_.right.low for bin_ in bins], default=0.0)
    start = max(0.0, int(lowest * 10) / 10)
    line = {"color": GREY, "width": 1.5, "dash": "dot"}
    figure.add_scatter(x=[start, 1], y=[start, 1], mode="lines", line=line, hoverinfo="skip")
    figure.add_scatter(
        x=[bin_.confidence for bin_ in bins],
        y=[bin_.right.value for bin_ in bins],
        error_y=interval_bars([bin_.right for bin_ in bins], 1.5),
        mode="markers",
        marker={"color": colour, "symbol": symbol, "size": 10},
        customdata=[[bin_.n, words.rate(bin_.right)] for bin_ in bins],
        hovertemplate="%{customdata[0]} cells, stated %{x:.1%}, right %{customdata[1]}<extra></extra>",
    )
    figure = framed(figure, 400, font={"color": ink(), "size": 14})
    figure.update_xaxes(title="stated", tickformat=".0%", range=[start, 1.01], fixedrange=True, zeroline=False)
    return figure.update_yaxes(title="right", tickformat=".0%", range=[start, 1.01], fixedrange=True, zeroline=False)


def show(chart: plots.Intervals, name: str) -> None:
    soft = " Hollow marks rest on fewer than 30 cells: read them with care." if plots.any_soft(chart) else ""
    st.plotly_chart(intervals(chart), key=name, config=charts.saved_as(name), alt=chart.alt)
    st.caption(f"The line through a mark is its 95 % interval; the number of cells is in brackets.{soft}")
