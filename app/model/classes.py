"""How well a model recognises each class."""

from typing import TYPE_CHECKING

import streamlit as st

from app.model.summary import ModelResults
from app.shared import charts, glossary, plots
from app.shared.figures import comparison, interval_charts
from app.shared.saving import save_csv

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint


def show(model: "Checkpoint", results: ModelResults, style: charts.Style) -> None:
    """Figures of each class."""
    st.header("How well is each class recognised?", anchor=False)
    st.markdown(
        f"The chart shows {glossary.link('sensitivity')}: of the cells of a class, the share that is called so. "
        f"The table adds {glossary.link('specificity')}, {glossary.link('precision')} and {glossary.link('F1')}."
    )
    scores = {model.name: results.scored}
    chart = plots.sensitivities({model.name: results.scored.report.per_class}, {model.name: style}, model.space)
    interval_charts.show(chart, f"classes-{model.name}")
    table = comparison.per_class(scores, model.space).drop(columns="Model")
    st.dataframe(table, hide_index=True, alt="One row for each class.")
    st.caption("95 % intervals: Wilson's; for F1 by way of the Jaccard index, which is a proportion.")
    save_csv("classes", lambda: comparison.per_class_csv(scores))
