"""Whether a model still reads photos that were made worse: one model in depth, and several beside each other."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from app.shared import charts, words
from app.shared.figures.robustness import COMMAND, about, read_all, title_of
from app.shared.saving import save_csv
from core.evaluation.results.robustness import CLEAN, ConditionFigures, Robustness
from core.imaging.corruptions import SEVERITIES

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint


def show(model: "Checkpoint", models: "Sequence[Checkpoint]") -> None:
    """One model: the sentence, a line for each corruption, and the table. models: for the mean over them."""
    st.header("Can it still read poor photos?", anchor=False)
    measured = read_all([model]).get(model.name)
    if measured is None:
        st.markdown("No measurement of it is recorded here. With the data set at hand, this command measures it:")
        st.code(COMMAND.format(model.name), "bash", wrap_lines=True)
        return
    figures = measured.figures()
    st.markdown(in_words(measured))
    st.markdown(abstention(figures))
    others = list(read_all([other for other in models if other.name != model.name]).values())
    figure = lines(measured, [measured, *others])
    st.plotly_chart(
        figure, key=f"worse-{model.name}", config=charts.saved_as(f"worse-{model.name}"), alt=spoken(measured)
    )
    st.caption(
        f"Balanced accuracy, with equal weight for each class, on {measured.facts.images:,} test photos; severity 0 is "
        f"the original photo. {_mean_note(len(others))}{about(measured)}"
    )
    with st.expander("The table"):
        st.dataframe(table(figures), hide_index=True, alt="One row for each corruption and severity.")
        st.caption("In brackets: 95 % intervals; Wilson's for shares, bootstrap within classes for balanced accuracy.")
        save_csv(f"worse-{model.name}", lambda: as_csv(figures))


def _mean_note(others: int) -> str:
    return f"Dotted: the mean over all corruptions and {others + 1} models. " if others else ""


def in_words(measured: Robustness) -> str:
    """The mean, the clean figure, and where it is weakest."""
    clean, mean = measured.mean_balanced([CLEAN], [0]), measured.mean_balanced(measured.published)
    by_corruption = {name: measured.mean_balanced([name]) for name in measured.corruptions}
    worst = min(by_corruption, key=lambda name: by_corruption[name].value)
    return (
        f"On photos made worse in {words.count(len(measured.published), 'way')}, at five severities each, its balanced "
        f"accuracy is **{words.rate(mean)}**, against {words.rate(clean)} on the same photos untouched. The "
        f"hardest of these is **{title_of(worst).lower()}**: {words.rate(by_corruption[worst])}."
    )


def abstention(figures: Sequence[ConditionFigures]) -> str:
    """Whether it notices: answers at the highest severity, and how right they are."""
    worst = [row for row in figures if row.severity == SEVERITIES[-1]]
    if not worst:
        return ""
    answered = np.mean([row.answered.value for row in worst])
    remarked = np.mean([row.remarked.value for row in worst])
    right = sum(row.right.value * row.right.n for row in worst if row.right.n) / max(
        1, sum(other.right.n for other in worst)
    )
    space = words.SPACE
    return (
        f"At the highest severity it still gives an answer for {100 * answered:.0f}{space}% of the photos, and "
        f"{100 * right:.1f}{space}% of these answers are right; for the others it says that it is unsure or that the "
        f"photo is unlike those it knows. On {100 * remarked:.0f}{space}% the page remarks that the photo is "
        "out of the ordinary."
    )


def lines(measured: Robustness, tables: Sequence[Robustness]) -> go.Figure:
    """Balanced accuracy by severity: a line a corruption, and dotted the mean over corruptions and models."""
    values = {(table.corruption, table.severity): table.balanced.value for table in measured.figures()}
    figure = go.Figure()
    for number, name in enumerate(measured.corruptions):
        colour, symbol = charts.style(number)
        course = [values[CLEAN, 0]] + [values.get((name, step), float("nan")) for step in SEVERITIES]
        figure.add_scatter(
            x=[0, *SEVERITIES],
            y=course,
            name=title_of(name),
            mode="lines+markers",
            line={"color": colour, "width": 1.8},
            marker={"symbol": symbol, "size": 8},
            hovertemplate=f"{title_of(name)}, severity %{{x}}: %{{y:.1%}}<extra></extra>",
        )
    if len(tables) > 1:
        mean = [np.mean([table.mean_balanced([CLEAN], [0]).value for table in tables])]
        mean += [
            np.mean([table.mean_balanced(table.corruptions, [step]).value for table in tables]) for step in SEVERITIES
        ]
        figure.add_scatter(
            x=[0, *SEVERITIES],
            y=mean,
            name="Mean over models",
            mode="lines",
            line={"color": charts.GREY, "width": 4, "dash": "dot"},
            hovertemplate="mean over models, severity %{x}: %{y:.1%}<extra></extra>",
        )
    figure = charts.framed(figure, 520, showlegend=True, legend=charts.LEGEND)
    figure.update_xaxes(title="severity", dtick=1, fixedrange=True)
    return figure.update_yaxes(tickformat=".0%", fixedrange=True, zeroline=False)


def spoken(measured: Robustness) -> str:
    """Every corruption's mean as text."""
    means = [f"{title_of(name)}: {words.rate(measured.mean_balanced([name]))}" for name in measured.corruptions]
    return f"Balanced accuracy by severity. Means over severities: {'; '.join(means)}."


def table(figures: Sequence[ConditionFigures]) -> pd.DataFrame:
    """One row a condition, in words."""
    return pd.DataFrame(
        {
            "The photo is": title_of(row.corruption),
            "Severity": row.severity,
            "Balanced accuracy": words.rate(row.balanced),
            "Right": words.rate(row.accuracy),
            "Unsure": words.share(row.unsure),
            "Unlike": words.share(row.unlike),
            "Right when it answers": words.rate(row.right),
            "Something said of the photo": words.share(row.remarked),
            "Given to the right class": round(row.given, 3),
            "Distance": round(row.distance, 2),
        }
        for row in figures
    )


def as_csv(figures: Sequence[ConditionFigures]) -> str:
    """The same as plain numbers."""
    rows = []
    for condition in figures:
        row: dict[str, object] = {
            "corruption": condition.corruption,
            "severity": condition.severity,
            "n": condition.accuracy.n,
        }
        for name in ("balanced", "accuracy", "answered", "unsure", "unlike", "right", "remarked"):
            figure = getattr(condition, name)
            row |= {name: figure.value, f"{name}_low": figure.low, f"{name}_high": figure.high}
        rows.append(row | {"given": condition.given, "distance": condition.distance})
    return pd.DataFrame(rows).to_csv(index=False)
