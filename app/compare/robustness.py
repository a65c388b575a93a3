"""Which model still reads photos that are worse: the part of Compare on robustness."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from app.shared import charts, plots, words
from app.shared.figures import interval_charts
from app.shared.figures.robustness import COMMAND, about, read_all, title_of
from app.shared.saving import save_csv
from core.evaluation.results.robustness import CLEAN, Robustness
from core.imaging.corruptions import SEVERITIES

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint


def show(models: "Sequence[Checkpoint]", styles: Mapping[str, charts.Style]) -> None:
    """Every model that was measured: its mean over what BloodMNIST-C has."""
    st.header("Which copes best with poor photos?", anchor=False)
    tables = read_all(models)
    if not tables:
        st.markdown("None of these models was measured; this command measures one:")
        st.code(COMMAND.format(models[0].name), "bash", wrap_lines=True)
        return
    means = {name: table.mean_balanced(table.published) for name, table in tables.items()}
    ranked = sorted(means, key=lambda name: -means[name].value)
    first = tables[ranked[0]]
    st.markdown(
        f"Blurred, badly lit, compressed, dirty: over {words.count(len(first.published), 'corruption')} at five "
        f"severities each, **{words.plain(ranked[0])}** does best, with a balanced accuracy of "
        f"{words.rate(means[ranked[0]])}. {_not_measured(models, tables)}"
    )
    rows = tuple(ranked)
    series = tuple(
        plots.Series(
            name,
            styles[name],
            tuple(means[name] if row == name else plots.UNKNOWN for row in rows),
            (False,) * len(rows),
        )
        for name in rows
    )
    chart = plots.Intervals("Mean balanced accuracy on photos made worse", rows, series, legend=False)
    st.plotly_chart(
        interval_charts.intervals(chart), key="worse-all", config=charts.saved_as("photos-made-worse"), alt=chart.alt
    )
    st.caption(f"The line through a mark is its 95 % interval, by bootstrap of images. {about(first)}")
    with st.expander("The table"):
        side_by_side = beside(tables, ranked)
        st.dataframe(side_by_side, hide_index=True, alt="One row for each corruption, a column for each model.")
        save_csv("photos-made-worse", lambda: side_by_side.to_csv(index=False))


def _not_measured(models: "Sequence[Checkpoint]", tables: Mapping[str, Robustness]) -> str:
    unmeasured = [f"**{words.plain(model.name)}**" for model in models if model.name not in tables]
    return f"Not measured: {words.join(unmeasured)}." if unmeasured else ""


def beside(tables: Mapping[str, Robustness], names: Sequence[str]) -> pd.DataFrame:
    """One row a corruption, a column a model: mean balanced accuracy over severities."""
    first = tables[names[0]]
    rows = [("As it is", [CLEAN], [0]), ("Mean, BloodMNIST-C's", first.published, SEVERITIES)]
    rows += [(title_of(name), [name], SEVERITIES) for name in first.corruptions]
    return pd.DataFrame(
        {"The photo is": title}
        | {name: words.rate(tables[name].mean_balanced(corruptions, list(steps))) for name in names}
        for title, corruptions, steps in rows
    )
