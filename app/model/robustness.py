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
from core.evaluation.results.robustness import CLEAN, Figures, Robustness
from core.imaging.corruptions import SEVERITIES

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint


def show(model: "Checkpoint", everyone: "Sequence[Checkpoint]") -> None:
    """One model: the sentence, a line for each corruption, and the table. everyone: for the mean over models."""
    st.subheader("Does it still read photos that are worse?", anchor=False)
    kept = read_all([model]).get(model.name)
    if kept is None:
        st.markdown("That was not measured yet. With the data set at hand, this command does it:")
        st.code(COMMAND.format(model.name), "bash", wrap_lines=True)
        return
    figures = kept.figures()
    st.markdown(in_words(kept))
    st.markdown(belief(figures))
    others = [one for name, one in read_all([m for m in everyone if m.name != model.name]).items()]
    figure = lines(kept, [kept, *others])
    st.plotly_chart(figure, key=f"worse-{model.name}", config=charts.saved_as(f"worse-{model.name}"), alt=spoken(kept))
    st.caption(
        f"Balanced accuracy, each class counted alike, on {kept.facts.images:,} test photos; severity 0 is the photo "
        f"as it is. {_mean_note(len(others))}{about(kept)}"
    )
    with st.expander("The table"):
        st.dataframe(table(figures), hide_index=True, alt="One row for each corruption and severity.")
        st.caption(
            "In brackets: 95 % intervals; Wilson's for shares, by bootstrap within classes for balanced accuracy."
        )
        save_csv(f"worse-{model.name}", lambda: as_csv(figures))


def _mean_note(others: int) -> str:
    return f"Dotted: the mean over all corruptions and the {others + 1} models measured so. " if others else ""


def in_words(kept: Robustness) -> str:
    """The mean, the clean figure, and where it is weakest."""
    clean, mean = kept.mean_balanced([CLEAN], [0]), kept.mean_balanced(kept.published)
    by_kind = {name: kept.mean_balanced([name]) for name in kept.corruptions}
    worst = min(by_kind, key=lambda name: by_kind[name].value)
    return (
        f"On photos made worse in {words.count(len(kept.published), 'way')} and five severities it keeps "
        f"**{words.rate(mean)}** balanced accuracy, against {words.rate(clean)} on the same photos as they are. "
        f"It is weakest where a photo is **{title_of(worst).lower()}**: {words.rate(by_kind[worst])}."
    )


def belief(figures: Sequence[Figures]) -> str:
    """Whether it notices: answers at the highest severity, and how right they are."""
    worst = [one for one in figures if one.severity == SEVERITIES[-1]]
    if not worst:
        return ""
    answered = np.mean([one.answered.value for one in worst])
    remarked = np.mean([one.remarked.value for one in worst])
    right = sum(one.right.value * one.right.n for one in worst if one.right.n) / max(1, sum(o.right.n for o in worst))
    space = words.SPACE
    return (
        f"At the highest severity it still answers {100 * answered:.0f}{space}% of the photos, and is right on "
        f"{100 * right:.1f}{space}% of these; the others are called unsure or unlike. Of {100 * remarked:.0f}{space}% "
        "the page says that the photo is out of the ordinary."
    )


def lines(kept: Robustness, everyone: Sequence[Robustness]) -> go.Figure:
    """Balanced accuracy by severity: a line a corruption, and dotted the mean over corruptions and models."""
    values = {(one.corruption, one.severity): one.balanced.value for one in kept.figures()}
    figure = go.Figure()
    for number, name in enumerate(kept.corruptions):
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
    if len(everyone) > 1:
        mean = [np.mean([one.mean_balanced([CLEAN], [0]).value for one in everyone])]
        mean += [np.mean([one.mean_balanced(one.corruptions, [step]).value for one in everyone]) for step in SEVERITIES]
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


def spoken(kept: Robustness) -> str:
    """Every corruption's mean as text."""
    told = [f"{title_of(name)}: {words.rate(kept.mean_balanced([name]))}" for name in kept.corruptions]
    return f"Balanced accuracy by severity. Means over severities: {'; '.join(told)}."


def table(figures: Sequence[Figures]) -> pd.DataFrame:
    """One row a condition, in words."""
    return pd.DataFrame(
        {
            "The photo is": title_of(one.corruption),
            "Severity": one.severity,
            "Balanced accuracy": words.rate(one.balanced),
            "Right": words.rate(one.accuracy),
            "Unsure": words.share(one.unsure),
            "Unlike": words.share(one.unlike),
            "Right when it answers": words.rate(one.right),
            "Something said of the photo": words.share(one.remarked),
            "Given to the right class": round(one.given, 3),
            "Distance": round(one.distance, 2),
        }
        for one in figures
    )


def as_csv(figures: Sequence[Figures]) -> str:
    """The same as plain numbers."""
    rows = []
    for one in figures:
        row: dict[str, object] = {"corruption": one.corruption, "severity": one.severity, "n": one.accuracy.n}
        for name in ("balanced", "accuracy", "answered", "unsure", "unlike", "right", "remarked"):
            figure = getattr(one, name)
            row |= {name: figure.value, f"{name}_low": figure.low, f"{name}_high": figure.high}
        rows.append(row | {"given": one.given, "distance": one.distance})
    return pd.DataFrame(rows).to_csv(index=False)
