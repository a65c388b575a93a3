"""Charts of the page on data sets, in the classes' colours."""

from collections.abc import Mapping, Sequence

import pandas as pd
import plotly.graph_objects as go

from app.shared import charts
from core.datasets.statistics import ClassAppearance, levels
from core.labels import LabelSpace

SYMBOLS = ("circle", "square", "diamond", "cross", "x", "triangle-up", "star", "hexagon")
"""By place in the label space, so that no class is told by its colour alone."""

SHADES = {"train": 1.0, "val": 0.6, "test": 0.3}
ROW = 38
TOGETHER = {"hue": 5}
"""Neighbouring levels that are drawn as one, where not four."""

ABOVE = {"orientation": "h", "x": 0, "y": 1.01, "yanchor": "bottom", "title": None}


def _bare(figure: go.Figure, height: int, **layout: object) -> go.Figure:
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": charts.ink(), "size": 14},
        showlegend=False,
    )
    return figure.update_layout(**layout)


def counts(table: pd.DataFrame, splits: Sequence[str], space: LabelSpace) -> go.Figure:
    """A bar a class, its splits one after the other from dark to pale. table: label, a column a split, and all."""
    figure = go.Figure()
    names = [space[key].name for key in table["label"]]
    for split in splits:
        figure.add_bar(
            x=table[split],
            y=names,
            orientation="h",
            marker={"color": [space[key].colour for key in table["label"]], "opacity": SHADES[split]},
        )
    figure.add_scatter(
        x=table[list(splits)].sum(axis=1),
        y=names,
        text=[f" {number:,}" for number in table["all"]],
        mode="text",
        textposition="middle right",
        textfont={"color": charts.ink()},
        cliponaxis=False,
    )
    figure = _bare(figure, 20 + ROW * len(names), barmode="stack", bargap=0.3)
    figure.update_xaxes(visible=False, range=[0, 1.2 * float(table[list(splits)].sum(axis=1).max())])
    font = {"color": charts.ink(), "size": 14}
    return figure.update_yaxes(autorange="reversed", showgrid=False, automargin=True, ticksuffix="  ", tickfont=font)


def colours(class_looks: Mapping[str, ClassAppearance], channel: str, title: str, space: LabelSpace) -> go.Figure:
    """A line a class: which share of its pixels has which level of a channel."""
    step = TOGETHER.get(channel, 4)
    middles = levels(channel).reshape(-1, step).mean(axis=1)
    figure = go.Figure()
    for key, look in class_looks.items():
        cell_class, pixels = space[key], look.pixels[channel]
        shares = pixels.reshape(-1, step).sum(axis=1) / max(1, pixels.sum())
        figure.add_scatter(
            x=middles,
            y=shares,
            mode="lines+markers",
            name=cell_class.name,
            line={"color": cell_class.colour, "width": 2},
            marker={"symbol": SYMBOLS[space.index(key) % len(SYMBOLS)], "size": 8, "maxdisplayed": 8},
            hovertemplate=f"{cell_class.name}: %{{y:.1%}} at %{{x:.0f}}<extra></extra>",
        )
    figure = _bare(figure, 420, showlegend=True, legend=ABOVE)
    figure.update_xaxes(title=title, fixedrange=True, zeroline=False)
    return figure.update_yaxes(
        title="share of pixels", tickformat=".0%", rangemode="tozero", fixedrange=True, zeroline=False
    )


def scatter(cells: pd.DataFrame, space: LabelSpace, titles: tuple[str, str], ringed: str) -> go.Figure:
    """A point a cell in the colour and symbol of its true class; larger and outlined where it is called another.

    cells: key, label, called, spoken, x, y. ringed: key of the cell that is looked at, "" for none.
    """
    figure = go.Figure()
    for right, outline in ((True, 0.0), (False, 1.6)):
        part = cells[(cells["called"] == cells["label"]) == right]
        for key in [key for key in space.keys if (cells["label"] == key).any()]:
            rows, cell_class = part[part["label"] == key], space[key]
            symbol = SYMBOLS[space.index(key) % len(SYMBOLS)]
            line = {"color": charts.ink(), "width": outline}
            figure.add_scatter(
                x=rows["x"],
                y=rows["y"],
                mode="markers",
                name=cell_class.name,
                legendgroup=key,
                showlegend=right,
                marker={"color": cell_class.colour, "symbol": symbol, "size": 7 if right else 11, "line": line},
                selected={"marker": {"opacity": 1}},
                unselected={"marker": {"opacity": 0.75}},
                customdata=rows[["key", "spoken"]].to_numpy(),
                hovertemplate=f"%{{customdata[0]}}<br>it was: {cell_class.name}<br>%{{customdata[1]}}<extra></extra>",
            )
    ringed_cell = cells[cells["key"] == ringed]
    figure.add_scatter(
        x=ringed_cell["x"],
        y=ringed_cell["y"],
        mode="markers",
        hoverinfo="skip",
        showlegend=False,
        marker={"symbol": "circle-open", "size": 22, "color": charts.ink(), "line": {"width": 3}},
    )
    below = ABOVE | {"y": -0.1, "yanchor": "top", "itemsizing": "constant"}
    buttons = {"bgcolor": "rgba(0,0,0,0)", "color": charts.ink(), "activecolor": charts.ink()}
    figure = _bare(figure, 660, showlegend=True, legend=below, dragmode=False, modebar=buttons)
    axis = {"showticklabels": False, "zeroline": False, "showgrid": False}
    figure.update_xaxes(title=titles[0], **axis)
    return figure.update_yaxes(title=titles[1], **axis)
