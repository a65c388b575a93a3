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
    models: "Sequence[Checkpoint]", tested: Mapping[str, Scored], costs: Mapping[str, Cost], speeds: Mapping[str, Speed]
) -> None:
    """Accuracy against cost."""
    st.subheader("What does accuracy cost?", anchor=False)
    what = st.segmented_control(
        "Cost", list(COSTS), default="parameters", required=True, key="cost", bind="query-params"
    )
    _, title, meaning = COSTS[what or "parameters"]
    found = points(costs, {name: one.report.accuracy for name, one in tested.items()}, what or "parameters")
    if what == "milliseconds":
        st.caption(how_timed(models, speeds))
    if not found:
        st.info("No model here has been timed as it stands; `python -m core bench speed --keep` does that.")
        return
    st.markdown(in_words(found))
    table = cost_table(found, what or "parameters")
    said = [f"{one.name}: {one.cost:,.4g}, {words.rate(one.accuracy)}" for one in found]
    figure = cost_chart.against_cost(found, styles_of(models), title)
    alt = f"Accuracy against {title.lower()}. {'; '.join(said)}."
    st.plotly_chart(figure, key="against-cost", config=charts.CALM, alt=alt)
    st.caption(
        f"{title}: {meaning}. Each step along the lower axis is ten times as much; the upright axis is spaced by the "
        "share that is wrong. The line through a mark is its 95 % interval. A mark without a name is in the legend."
    )
    with st.expander("The table"):
        config = {column: st.column_config.NumberColumn(format="%.1f %%") for column in ("Accuracy", "Low", "High")}
        cost = st.column_config.NumberColumn(format="%.1f" if what in ("size", "milliseconds") else "%,d")
        st.dataframe(table, hide_index=True, column_config=config | {title: cost}, alt="One row for each model.")
        save_csv("cost", lambda: table.to_csv(index=False))


def how_timed(models: "Sequence[Checkpoint]", speeds: Mapping[str, Speed]) -> str:
    """On what the times were measured, and which models have none."""
    known = {speed.name: speed for speed in (speeds.get(model.card.sha256) for model in models) if speed}
    places = sorted({f"{one.hardware} ({words.count(one.threads, 'thread')}, {one.date})" for one in known.values()})
    without = [model.name for model in models if model.name not in known]
    told = f"Times were measured on {words.join(places)}, with finding the cell, many cells at once. " if places else ""
    return f"{told}{f'Not measured: {words.join(without)}.' if without and known else ''}".strip()
