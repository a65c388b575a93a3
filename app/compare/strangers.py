"""Laboratories left out in turn: how networks read what they never saw, and what their answers are worth."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from app.shared import charts, load, words
from app.shared.saving import save_csv
from core.datasets import source_spec
from core.evaluation.intervals import Interval
from core.evaluation.selective import AIM, RiskCoverage
from core.settings import records_folder

Row = Mapping[str, Any]
"""An ingredient as `strangers show --json` has it."""

Curves = Mapping[str, Mapping[str, RiskCoverage]]
"""By ingredient and laboratory."""

HEIGHT = 380
BASE = "base"
MOST_LINES = 6


def show() -> None:
    """The whole part; a sentence alone where nothing is recorded."""
    st.header("How well do they read a laboratory that they never saw?", anchor=False)
    rows, curves = _recorded(*_stamp())
    if not rows:
        st.info("No measurement of this is recorded here; `python -m core strangers run all` does that.")
        return
    st.markdown(in_words(rows))
    st.dataframe(table(rows), hide_index=True, alt="One row for each way of training.")
    st.caption(
        "Each laboratory is left out in turn and read by a network that never saw it. Balanced accuracy in percent, "
        "all answers of the network counted. RV-PBS is read by the networks of every turn, and none learns from it. "
        "Where a network stops answering is fitted on the other laboratories, never on the one that is read: **wrong** "
        "is the share of all its cells that are still answered wrongly, **answered** the share with an answer. AURC is "
        "the area under the curve below, ECE the calibration error. In brackets: 95 % intervals that draw whole "
        f"slides, videos, days and photos.{_unfinished(rows)}"
    )
    save_csv("strangers", lambda: csv(rows))
    _show_curves(rows, curves)


def in_words(rows: Sequence[Row]) -> str:
    """Which way of training reads strangers best, and what its answers are worth."""
    whole = [row for row in rows if row["folds"] == max(other["folds"] for other in rows)]
    best = max(whole, key=lambda row: row["mean"]["value"])
    sentence = (
        f"Read by networks that never saw them, laboratories are read best with **{words.plain(best['title'])}**: "
        f"{_rate(best['mean'])} on average, {_rate(best['worst'])} in the worst"
    )
    if best["wrong_worst"] is None:
        return f"{sentence}."
    return (
        f"{sentence}. It answers {_rate(best['coverage'])} of the cells, and of the laboratory where it is wrong most "
        f"often {_rate(best['wrong_worst'])} of all cells are answered wrongly."
    )


def table(rows: Sequence[Row]) -> pd.DataFrame:
    """One row a way of training, in words."""
    labs = list(dict.fromkeys(lab for row in rows for lab in row["labs"]))
    return pd.DataFrame(
        {
            "Training": row["title"],
            "Mean": _rate(row["mean"]),
            "Against the base": _points(row["gain"]),
            "Worst": _rate(row["worst"]),
            **{source_spec(lab).short: _rate(row["labs"].get(lab, {}).get("balanced")) for lab in labs},
            "Wrong, worst": _rate(row["wrong_worst"]),
            "Answered": _rate(row["coverage"]),
            "AURC": _plain(row["aurc"]),
            "ECE": _plain(row["ece"]),
            "CPU minutes": f"{row['seconds'] / 60:.0f}" if row["seconds"] else "",
        }
        for row in rows
    )


def csv(rows: Sequence[Row]) -> str:
    """One row a way of training and laboratory, as plain numbers."""
    figures = ("balanced", "wrong", "coverage", "aurc", "ece", "ood_area")
    plain = [
        {"training": row["name"], "source": lab}
        | {name: value for name, value in of_lab.items() if name not in figures}
        | {
            f"{name}{'' if end == 'value' else '_' + end}": value
            for name in figures
            for end, value in (of_lab[name] or {}).items()
        }
        for row in rows
        for lab, of_lab in row["labs"].items()
    ]
    return pd.DataFrame(plain).to_csv(index=False)


def _show_curves(rows: Sequence[Row], curves: Curves) -> None:
    """Risk against coverage in one laboratory, of some ways of training."""
    titles = {row["name"]: row["title"] for row in rows}
    labs = list(dict.fromkeys(lab for of_labs in curves.values() for lab in of_labs))
    left, right = st.columns([1, 2])
    lab = left.selectbox(
        "Laboratory left out", labs, format_func=lambda name: source_spec(name).short, key="strange-lab"
    )
    best = max(rows, key=lambda row: row["mean"]["value"])["name"]
    chosen = right.multiselect(
        "Ways of training",
        list(titles),
        default=[name for name in dict.fromkeys((BASE, best)) if name in titles],
        format_func=titles.__getitem__,
        max_selections=MOST_LINES,
        key="strange-training",
    )
    shown = {titles[name]: curves[name][lab] for name in chosen if lab in curves[name]}
    if not shown:
        st.info("Choose a way of training of which this laboratory was left out.")
        return
    spoken = "; ".join(f"{name}, all answered: {curve.risk[-1]:.0%} wrong" for name, curve in shown.items())
    st.plotly_chart(
        risk_chart(shown, list(titles.values())),
        key="risk-coverage",
        config=charts.saved_as("risk-coverage"),
        alt=f"Wrong answers against answers given on {source_spec(lab).short}. {spoken}.",
    )
    st.caption(
        "The fewer of a laboratory's cells are answered, the surest first, the fewer answers should be wrong. Above "
        f"the dotted line more than {100 * AIM:g}{words.SPACE}% of all cells are answered wrongly."
    )


def risk_chart(curves: Mapping[str, RiskCoverage], order: Sequence[str]) -> go.Figure:
    """Share of answers that are wrong over the share of cells answered. order: of all names, which gives colours."""
    figure = go.Figure()
    for name, curve in curves.items():
        figure.add_scatter(
            x=curve.coverage,
            y=curve.risk,
            mode="lines",
            name=name,
            line={"color": charts.style(list(order).index(name))[0], "width": 2},
            customdata=curve.thresholds,
            hovertemplate=f"{name} from %{{customdata:.2f}} on: answered %{{x:.0%}}, wrong %{{y:.1%}}<extra></extra>",
        )
    coverage = [number / 100 for number in range(5, 101)]
    figure.add_scatter(
        x=coverage,
        y=[AIM / share for share in coverage],
        mode="lines",
        name=f"{100 * AIM:g}{words.SPACE}% of all cells",
        line={"color": charts.GREY, "width": 1.5, "dash": "dot"},
        hoverinfo="skip",
    )
    highest = max(float(curve.risk[curve.coverage >= 0.05].max()) for curve in curves.values())
    figure = charts.framed(figure, HEIGHT, showlegend=True, legend=charts.LEGEND)
    figure.update_xaxes(title="answered", tickformat=".0%", range=[0, 1.01], fixedrange=True, zeroline=False)
    return figure.update_yaxes(
        title="wrong, of the answers",
        tickformat=".0%",
        range=[0, min(1.0, max(2 * AIM, 1.1 * highest))],
        fixedrange=True,
        zeroline=False,
    )


def _unfinished(rows: Iterable[Row]) -> str:
    most = max(row["folds"] for row in rows)
    titles = [row["title"] for row in rows if row["folds"] < most]
    return f" {words.join(titles)}: not every laboratory was left out, so means are of fewer." if titles else ""


def _rate(figure: Mapping[str, float] | None) -> str:
    return words.rate(Interval(**figure)) if figure else ""


def _points(figure: Mapping[str, float] | None) -> str:
    """A difference in points with its interval: "+3 (1 to 5)"."""
    if not figure:
        return ""
    value, low, high = (100 * figure[end] for end in ("value", "low", "high"))
    return f"{value:+.1f} ({low:.1f} to {high:.1f})"


def _plain(figure: float | None) -> str:
    return "" if figure is None else f"{figure:.3f}"


def _stamp() -> tuple[str, tuple[tuple[str, int, int], ...]]:
    return str(records_folder()), load.states_of(sorted((records_folder() / "strangers").glob("*/*")))


@st.cache_data(max_entries=4, show_spinner="Working out how strangers were read …")
def _recorded(folder: str, state: tuple[tuple[str, int, int], ...]) -> tuple[list[dict[str, Any]], Curves]:
    from core.experiments.strangers.findings import ingredient_results, protocol_rows, risk_curves

    if not state:
        return [], {}
    return protocol_rows(), {name: risk_curves(result) for name, result in ingredient_results().items()}
