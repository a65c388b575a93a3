"""The chart of a differential count: each class's share with its interval, over what is usual in adults."""

import math
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from app.shared.charts import GREY, framed, ink, interval_bars
from core.differential import wording
from core.labels import LabelSpace
from core.wording import SPACE

if TYPE_CHECKING:
    from core.differential.counts import Differential, DifferentialRow

BAND = 0.3
"""Half of the height of a band that shows what is usual, in rows."""


def shares(count: "Differential", space: LabelSpace) -> go.Figure:
    """A dot with its interval for each class, in the class's colour, on a grey band of what is usual."""
    figure = go.Figure()
    for place, row in enumerate(count.rows):
        if row.reference:
            figure.add_shape(
                type="rect",
                x0=row.reference.low / 100,
                x1=row.reference.high / 100,
                y0=place - BAND,
                y1=place + BAND,
                fillcolor=GREY,
                opacity=0.3,
                line_width=0,
                layer="below",
            )
    measured = [(place, row) for place, row in enumerate(count.rows) if not math.isnan(row.judged.value)]
    figure.add_scatter(
        x=[row.judged.value for _, row in measured],
        y=[place for place, _ in measured],
        error_x=interval_bars((row.judged for _, row in measured), 2.5) | {"color": ink()},
        mode="markers",
        cliponaxis=False,  # a dot at none or all of the cells is whole, too
        marker={
            "color": [space[row.key].colour for _, row in measured],
            "size": 15,
            "line": {"color": ink(), "width": 1.5},
        },
        customdata=[spoken(row, space) for _, row in measured],
        hovertemplate="%{customdata}<extra></extra>",
    )
    figure = framed(figure, 70 + 48 * len(count.rows))
    figure.update_xaxes(tickformat=".0%", range=[-0.01, _end(count)], fixedrange=True, zeroline=False)
    return figure.update_yaxes(
        tickvals=list(range(len(count.rows))),
        ticktext=[f"{wording.plural(space, row.key)}  " for row in count.rows],
        range=[len(count.rows) - 0.4, -0.6],
        showgrid=False,
        fixedrange=True,
        zeroline=False,
        automargin=True,
    )


def spoken(row: "DifferentialRow", space: LabelSpace) -> str:
    """ "Neutrophils: 62 % (53–71), usual 40–75"."""
    usual = f", usual {wording.usual(row)}{SPACE}%" if row.reference else ""
    if row.flag == "not known":
        return (
            f"{wording.plural(space, row.key)}: {row.cells:,} of {row.share.n:,} ({wording.limits(row.share)}{SPACE}%)"
        )
    bounds = wording.bounds(row.allowing) if row.allowing else wording.limits(row.share)
    return f"{wording.plural(space, row.key)}: {wording.percent(row.judged)} ({bounds}){usual}"


def alt(count: "Differential", space: LabelSpace) -> str:
    """The chart in words."""
    rows = "; ".join(spoken(row, space) for row in count.rows)
    return f"Share of the {count.noun}s by class, with 95 % intervals. {rows}."


def _end(count: "Differential") -> float:
    """Where the axis ends: the next tenth beyond all intervals and bands, and never beyond the whole."""
    ends = [row.judged.high for row in count.rows if not math.isnan(row.judged.value)]
    ends += [row.reference.high / 100 for row in count.rows if row.reference]
    return min(1.01, math.ceil(10 * max(ends, default=1.0)) / 10 + 0.01)
