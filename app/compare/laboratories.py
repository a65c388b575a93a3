"""How models read other laboratories, and what was tried so that they read them better."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from app.shared import alarm, charts, load, words
from app.shared.saving import save_csv
from core.datasets import source_spec
from core.datasets.laboratories import HOME, LABORATORIES
from core.errors import CheckpointError
from core.evaluation.domain_shift import FEW, LabScore, worst_lab
from core.settings import records_folder

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint

TEST, EVERY = "test images", "all images"
FIVE, AS_THEY_ARE = "five white cells", "all classes"
ROW = 34
"""Pixels of a row of the chart."""

Scores = dict[str, dict[str, LabScore]]
"""By model's name, its figures by source."""


def show(models: "Sequence[Checkpoint]") -> None:
    """The whole part. models: the best by validation first."""
    st.header("How well do they read other laboratories?", anchor=False)
    left, right = st.columns(2)
    images = left.segmented_control(
        "Images of each laboratory",
        [TEST, EVERY],
        default=TEST,
        required=True,
        key="lab-images",
        bind="query-params",
        help="Test images are fair to every model. All images are more, of laboratories that a model never saw.",
    )
    among = right.segmented_control(
        "Answers among",
        [FIVE, AS_THEY_ARE],
        default=FIVE,
        required=True,
        key="lab-answers",
        bind="query-params",
        help="The five white cells are the classes that all laboratories have. Among all classes, a white cell called "
        "a platelet counts as wrong too.",
    )
    scores_of_all = scores(models, "test" if images != EVERY else None, shared=among != AS_THEY_ARE)
    away = {
        name: {lab: score for lab, score in by_lab.items() if lab != HOME} for name, by_lab in scores_of_all.items()
    }
    away = {name: by_lab for name, by_lab in away.items() if by_lab}
    if not away:
        st.info("No model here was tested on other laboratories; `python -m core labs evaluate` does that.")
        return
    st.markdown(in_words(away))
    labs = [lab for lab in LABORATORIES if any(lab in by_lab for by_lab in scores_of_all.values())]
    learned = {model.name: model.card.learned_from for model in models}
    rows = table(scores_of_all, labs, learned)
    figure = heat({name: scores_of_all[name] for name in away}, labs, learned)
    spoken = "; ".join(
        f"{row['Model']}, {row['Laboratory']}: {row['Balanced accuracy']}" for row in rows.to_dict("records")
    )
    st.plotly_chart(figure, key="labs", config=charts.saved_as("laboratories"), alt=f"Balanced accuracy. {spoken}.")
    st.caption(
        "Balanced accuracy in percent: the share of cells read correctly, averaged over the classes. * The model was "
        f"trained on this laboratory. {_thin(away, labs)}"
    )
    with st.expander("The table, with intervals"):
        st.dataframe(rows, hide_index=True, alt="One row for each model and laboratory.")
        st.caption(
            "95 % intervals, by bootstrap. Where images share a photo, scene or video, it is drawn as a whole, so "
            "that the intervals are as wide as they should be."
        )
        save_csv("laboratories", lambda: csv(scores_of_all, labs, learned))


def scores(models: "Sequence[Checkpoint]", split: str | None, *, shared: bool) -> Scores:
    """Figures of every model whose table can be read."""
    scores_by_model, problems = {}, []
    for model in models:
        try:
            scores_by_model[model.name] = load.lab_scores(model, split, shared=shared)
        except CheckpointError as error:
            problems.append(f"{model.name} is left out. {error}")
    alarm.show(problems)
    return scores_by_model


def in_words(away: Scores) -> str:
    """Which model reads its worst laboratory best, of those that were asked about the most laboratories."""
    most = max(len(by_lab) for by_lab in away.values())
    ends = {name: worst_lab(by_lab) for name, by_lab in away.items() if len(by_lab) == most}
    best = max(ends, key=lambda name: ends[name].balanced.value)
    last = min(ends, key=lambda name: ends[name].balanced.value)
    where = words.laboratory(ends[best].source, ends[best].lab)
    sentence = (
        f"Ranked by the laboratory that each reads worst, **{words.plain(best)}** comes first, with a balanced "
        f"accuracy of {words.rate(ends[best].balanced)} on cells of {words.plain(where)}"
    )
    if best == last:
        return f"{sentence}."
    return f"{sentence}; **{words.plain(last)}** comes last with {words.rate(ends[last].balanced)}."


def _thin(scores_by_model: Scores, labs: Sequence[str]) -> str:
    """Classes of which a laboratory has too few images."""
    first = next(iter(scores_by_model.values()))
    parts = [
        f"{source_spec(lab).short} has fewer than {FEW} images of {words.join(list(first[lab].thin))}"
        for lab in labs
        if lab in first and first[lab].thin
    ]
    return f"{words.join(parts)}, so read these figures with care." if parts else ""


def table(scores_by_model: Scores, labs: Sequence[str], learned: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """One row a model and laboratory, in words."""
    return pd.DataFrame(
        {
            "Model": name,
            "Laboratory": words.laboratory(lab, by_lab[lab].lab),
            "Balanced accuracy": words.rate(by_lab[lab].balanced),
            "Accuracy": words.rate(by_lab[lab].accuracy),
            "Images": f"{by_lab[lab].n:,}",
            "Drawn as": f"{by_lab[lab].units:,}",
            "Classes": str(by_lab[lab].present),
            "Learned from it": "yes" if lab in learned[name] else "no",
        }
        for name, by_lab in scores_by_model.items()
        for lab in labs
        if lab in by_lab
    )


def csv(scores_by_model: Scores, labs: Sequence[str], learned: Mapping[str, Sequence[str]]) -> str:
    """The same as plain numbers."""
    rows = [
        {"model": name, "source": lab, "lab": score.lab, "n": score.n, "units": score.units, "classes": score.present}
        | {f"balanced_accuracy{end}": value for end, value in _ends(score.balanced).items()}
        | {f"accuracy{end}": value for end, value in _ends(score.accuracy).items()}
        | {"learned_from": lab in learned[name]}
        for name, by_lab in scores_by_model.items()
        for lab, score in by_lab.items()
        if lab in labs
    ]
    return pd.DataFrame(rows).to_csv(index=False)


def _ends(figure: object) -> dict[str, float]:
    return {"" if name == "value" else f"_{name}": value for name, value in vars(figure).items()}


def heat(scores_by_model: Scores, labs: Sequence[str], learned: Mapping[str, Sequence[str]]) -> go.Figure:
    """Models by laboratories, balanced accuracy written in."""
    names = list(scores_by_model)
    value = [
        [100 * by_lab[lab].balanced.value if lab in by_lab else None for lab in labs]
        for by_lab in scores_by_model.values()
    ]
    text = [
        [
            f"{100 * by_lab[lab].balanced.value:.0f}{'*' if lab in learned[name] else ''}" if lab in by_lab else ""
            for lab in labs
        ]
        for name, by_lab in scores_by_model.items()
    ]
    hover = [
        [
            f"{words.rate(by_lab[lab].balanced)}, {by_lab[lab].n:,} images" if lab in by_lab else "not asked"
            for lab in labs
        ]
        for by_lab in scores_by_model.values()
    ]
    figure = go.Figure(
        go.Heatmap(
            z=value,
            x=[source_spec(lab).short for lab in labs],
            y=names,
            text=text,
            texttemplate="%{text}",
            textfont={"color": charts.ink()} if charts.is_dark() else None,
            customdata=hover,
            hovertemplate="%{y} on %{x}: %{customdata}<extra></extra>",
            colorscale=charts.ramp(),
            zmin=0,
            zmax=100,
            showscale=False,
            xgap=2,
            ygap=2,
        )
    )
    figure.update_xaxes(side="top", showgrid=False, fixedrange=True)
    figure.update_yaxes(autorange="reversed", showgrid=False, fixedrange=True, automargin=True)
    return charts.framed(figure, ROW * len(names) + 60)


def tried() -> None:
    """What the runs of the experiment show."""
    st.header("What was tried to make them read better?", anchor=False)
    for question, answer in _findings(*_stamp()):
        st.markdown(f"**{question}**")
        if answer.startswith(NOT_RUN):
            st.caption(words.plain(answer))
        else:
            st.markdown(words.plain(answer))
    st.caption("`python -m core labs run all` repeats these runs; `labs show` prints every figure.")


NOT_RUN = "The runs that answer this are not recorded here: "


def _stamp() -> tuple[str, tuple[tuple[str, int, int], ...]]:
    return str(records_folder()), load.states_of(sorted((records_folder() / "labs").glob("*/*")))


@st.cache_data(max_entries=4, show_spinner="Working out what the runs say …")
def _findings(folder: str, state: tuple[tuple[str, int, int], ...]) -> list[tuple[str, str]]:
    from core.experiments.domain_shift.findings import FINDINGS, run_results

    results = run_results()
    return [
        (finding.question, finding.conclusion(results) or NOT_RUN + words.join(list(finding.missing(results))))
        for finding in FINDINGS
    ]
