"""How well each class is recognised: the part of Compare with figures by class."""

from collections.abc import Mapping

import streamlit as st

from app.shared import charts, load
from app.shared.figures import comparison
from app.shared.saving import save_csv
from app.shared.scoping import Together
from core.evaluation.metrics.registry import CLASS_METRICS


def show(together: Together, styles: Mapping[str, charts.Style]) -> None:
    """Figures of each class with their intervals."""
    scores = {
        model.name: load.in_depth(model, together.predictions[model.name], together.scope) for model in together.models
    }
    st.header("How well is each class recognised?", anchor=False)
    metrics = {metric.title: metric for metric in CLASS_METRICS.values()}
    title = st.segmented_control(
        "Measure", list(metrics), default="Sensitivity", required=True, key="measure", bind="query-params"
    )
    metric = metrics[title or "Sensitivity"]
    soft = any(figures.soft for score in scores.values() for figures in score.report.per_class)
    hollow = " Hollow marks rest on fewer than 30 cells: read them with care." if soft else ""
    st.markdown(
        f"{metric.meaning} The line through a mark is its 95 % interval, {metric.interval_name}; "
        f"the number of cells is in brackets.{hollow}"
    )
    table = comparison.per_class(scores, together.space)
    spoken = [f"{row['Model']}, {row['Class']}: {row[title]}" for _, row in table.iterrows()]
    reports = {name: one.report.per_class for name, one in scores.items()}
    figure = charts.dots(reports, styles, together.space, metric.name)
    alt = f"{title}. {'; '.join(spoken)}."
    st.plotly_chart(figure, key="dots", config=charts.saved_as(f"classes-{metric.name}"), alt=alt)
    if together.grouped:
        st.caption(
            "Several of these images share a photo, so Wilson's intervals, which count every image, are too narrow."
        )
    with st.expander("The table"):
        st.dataframe(table, hide_index=True, alt="One row for each model and class.")
        st.caption(
            "95 % intervals: Wilson's; for F1 by way of the Jaccard index, which is a proportion; for AUC by "
            "bootstrap, which is too narrow near 100 % and gives none there."
        )
        save_csv("classes", lambda: comparison.per_class_csv(scores))
