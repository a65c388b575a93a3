"""What accuracy costs: the part of Compare that sets it against size and time."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from app.compare import cost_chart
from app.shared import charts, words
from app.shared.figures.costs import COSTS, Cost, in_words, points
from app.shared.figures.costs import table as cost_table
from app.shared.figures.models import styles_of
from app.shared.load import Scored
from app.shared.saving import save_csv
from core.evaluation.results.speeds import Speed

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint


def show(
    models: "Sequence[Checkpoint]", scores: Mapping[str, Scored], costs: Mapping[str, Cost], speeds: Mapping[str, Speed]
) -> None:
    """Accuracy against cost."""
    st.header("What does accuracy cost?", anchor=False)
    kind = st.segmented_control(
        "Cost", list(COSTS), default="parameters", required=True, key="cost", bind="query-params"
    )
    _, title, meaning = COSTS[kind or "parameters"]
    shown_points = points(costs, {name: item.report.accuracy for name, item in scores.items()}, kind or "parameters")
    if kind == "milliseconds":
        st.caption(how_timed(models, speeds))
    if not shown_points:
        st.info("No model here has been timed in its present form; `python -m core bench speed --keep` does that.")
        return
    st.markdown(in_words(shown_points))
    table = cost_table(shown_points, kind or "parameters")
    spoken = [f"{item.name}: {item.cost:,.4g}, {words.rate(item.accuracy)}" for item in shown_points]
    figure = cost_chart.against_cost(shown_points, styles_of(models), title)
    alt = f"Accuracy against {title.lower()}. {'; '.join(spoken)}."
    st.plotly_chart(figure, key="against-cost", config=charts.CALM, alt=alt)
    st.caption(
        f"{title}: {meaning}. Each step along the horizontal axis is a factor of ten; the vertical axis is spaced by "
        "the share of wrong answers. The line through a mark is its 95 % interval. Marks without a name are in the "
        "legend."
    )
    with st.expander("The table"):
        config = {column: st.column_config.NumberColumn(format="%.1f %%") for column in ("Accuracy", "Low", "High")}
        cost = st.column_config.NumberColumn(format={"size": "%.1f", "milliseconds": "%g"}.get(kind or "", "%,d"))
        st.dataframe(table, hide_index=True, column_config=config | {title: cost}, alt="One row for each model.")
        save_csv("cost", lambda: table.to_csv(index=False))


def how_timed(models: "Sequence[Checkpoint]", speeds: Mapping[str, Speed]) -> str:
    """On what the times were measured, and which models have none."""
    timed = {speed.name: speed for speed in (speeds.get(model.card.sha256) for model in models) if speed}
    places = sorted(
        {f"{speed.hardware} ({words.count(speed.threads, 'thread')}, {speed.date})" for speed in timed.values()}
    )
    untimed = [model.name for model in models if model.name not in timed]
    sentence = (
        f"Times were measured on {words.join(places)}, including finding the cell, many cells at a time. "
        if places
        else ""
    )
    return f"{sentence}{f'Not measured: {words.join(untimed)}.' if untimed and timed else ''}".strip()
