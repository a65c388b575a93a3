"""The part of Compare that asks whether one of two models is really better."""

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from app.shared import charts, words
from app.shared.charts import GREY, framed, whiskers
from app.shared.figures import significance
from app.shared.saving import save_csv
from app.shared.scoping import Together
from core.evaluation.comparison import UNLIKELY, ClassPairedCounts, Comparison, PairedCounts, compare
from core.labels import LabelSpace

if TYPE_CHECKING:
    from collections.abc import Iterator


def show(together: Together) -> None:
    """Two of the models on the same cells: the sentence, the classes and the table."""
    st.header("Is one really better than another?", anchor=False)
    names = together.names
    if len(names) < 2:
        st.caption("Choose at least two models above to compare them cell by cell.")
        return
    left, right = st.columns(2)
    first = left.selectbox("First model", names, key="first", bind="query-params")
    second = right.selectbox("Second model", names, index=1, key="second", bind="query-params")
    if first == second:
        st.info(f"**{words.plain(first)}** does not differ from itself: choose two models.")
        return
    pair = compare(together.predictions[first], together.predictions[second])
    a, b = (f"**{words.plain(name)}**" for name in (first, second))
    st.markdown(f"### {significance.sentence(a, b, pair, together.space)}")
    _classes(first, second, pair, together.space)
    table = table_of(first, second, pair, together.space)
    with st.expander("The table"):
        st.dataframe(table, hide_index=True, alt="One row for all cells, then one for each class.")
        st.caption(
            "Difference: the first model minus the second, in percentage points; within a class, the difference in "
            f"sensitivity. Its 95 % interval comes from the paired bootstrap {_unit(pair)}; where both are right on "
            "the same cells there is none. p: McNemar's exact test, which assumes independent cells; corrected: by "
            "Holm's method, since several classes are tested together. Try enough pairs, and one will differ by "
            "chance."
        )
        save_csv(f"{first}-{second}", lambda: as_csv(first, second, pair))


def _unit(pair: Comparison) -> str:
    return "by photo, since several images show one" if pair.grouped else "by cell"


def _classes(first: str, second: str, pair: Comparison, space: LabelSpace) -> None:
    tallies = [tally for tally in pair.per_class if tally.n]
    st.markdown(
        f"Difference in sensitivity, in percentage points: on the right **{words.plain(first)}** finds more of a "
        f"class, on the left **{words.plain(second)}**. The line through a mark is its 95 % interval, from the paired "
        f"bootstrap {_unit(pair)}. Filled marks are unlikely to be chance, corrected for {len(tallies)} classes."
    )
    spoken = [f"{space[tally.key].name}: {significance.difference(tally.difference)}" for tally in tallies]
    alt = f"{first} less {second}, in percentage points. {'; '.join(spoken)}."
    figure = differences(tallies, space)
    st.plotly_chart(figure, key="differences", config=charts.saved_as(f"{first}-{second}"), alt=alt)


def table_of(first: str, second: str, pair: Comparison, space: LabelSpace) -> pd.DataFrame:
    """All cells, then each class: who is right where, in figures and words."""
    return pd.DataFrame(
        {
            "Class": name,
            "Cells": tally.n,
            "Both right": tally.both,
            f"Only {first}": tally.only_a,
            f"Only {second}": tally.only_b,
            "Neither": tally.neither,
            "Difference": significance.difference(tally.difference) if tally.n else "not known",
            "p": significance.p_value(tally.p),
            "p, corrected": _corrected(tally),
        }
        for name, tally in [("all", pair.overall), *((space[tally.key].name, tally) for tally in pair.per_class)]
    )


def _corrected(tally: PairedCounts) -> str:
    if not isinstance(tally, ClassPairedCounts) or math.isnan(tally.p_holm):
        return ""
    return significance.p_value(tally.p_holm)


def as_csv(first: str, second: str, pair: Comparison) -> str:
    """The same as plain numbers."""
    return pd.DataFrame(_rows(first, second, pair)).to_csv(index=False)


def _rows(first: str, second: str, pair: Comparison) -> "Iterator[dict[str, object]]":
    for tally in (pair.overall, *pair.per_class):
        yield {
            "first": first,
            "second": second,
            "class": tally.key if isinstance(tally, ClassPairedCounts) else "",
            "n": tally.n,
            "both_right": tally.both,
            "only_first": tally.only_a,
            "only_second": tally.only_b,
            "neither": tally.neither,
            "difference": tally.difference.value,
            "difference_low": tally.difference.low,
            "difference_high": tally.difference.high,
            "p_mcnemar": tally.p,
            "p_holm": tally.p_holm if isinstance(tally, ClassPairedCounts) else None,
        }


def differences(tallies: Sequence[ClassPairedCounts], space: LabelSpace) -> go.Figure:
    """A mark with its interval for each class, in the class's colour; filled where chance hardly explains it."""
    figure = go.Figure()
    for row, tally in enumerate(tallies):
        value, low, high = (100 * end for end in (tally.difference.value, tally.difference.low, tally.difference.high))
        cell_class = space[tally.key]
        has_interval = not np.isnan(low)
        figure.add_scatter(
            x=[value],
            y=[row],
            error_x=whiskers([value], [low], [high]) if has_interval else None,
            mode="markers",
            marker={
                "color": cell_class.colour,
                "symbol": "circle" if tally.p_holm < UNLIKELY else "circle-open",
                "size": 11,
                "line": {"width": 2, "color": cell_class.colour},
            },
            customdata=[[significance.difference(tally.difference), tally.only_a, tally.only_b]],
            hovertemplate=(
                f"{cell_class.name}: %{{customdata[0]}}<br>only the first right: %{{customdata[1]}}, "
                "only the second: %{customdata[2]}<extra></extra>"
            ),
        )
    figure.add_vline(0, line={"color": GREY, "width": 1.5, "dash": "dot"})
    figure = framed(figure, 70 + 34 * len(tallies))
    figure.update_xaxes(title="percentage points", fixedrange=True, zeroline=False, range=_both_ways(tallies))
    return figure.update_yaxes(
        tickvals=list(range(len(tallies))),
        ticktext=[f"{space[tally.key].name} ({tally.n:,})" for tally in tallies],
        range=[len(tallies) - 0.4, -0.6],
        fixedrange=True,
        zeroline=False,
        automargin=True,
    )


def _both_ways(tallies: Iterable[ClassPairedCounts]) -> tuple[float, float]:
    """As far to the left as to the right, so that nothing leans by the look of the axis alone."""
    ends = [
        abs(end) for tally in tallies for end in (tally.difference.value, tally.difference.low, tally.difference.high)
    ]
    far = max(1.0, 105 * max((end for end in ends if not np.isnan(end)), default=0.0))
    return -far, far
