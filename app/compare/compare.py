"""The parts of the page that sets models side by side."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from app.shared import charts, load, words
from app.shared.figures import comparison
from app.shared.figures.costs import COSTS, Cost, in_words, points
from app.shared.figures.costs import table as cost_table
from app.shared.load import Scored
from app.shared.saving import save_csv
from app.shared.scoping import Together
from core.errors import CheckpointError
from core.evaluation.results.speeds import Speed
from core.evaluation.scope import Scope

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint

AT_FIRST = 4
"""Models that are looked at closely before anybody chooses."""

AT_MOST = 6
"""Models that are looked at closely at once: more would make charts that nobody can read."""

ROW = 35
"""Pixels of a table's row, so that a table of all models shows them without scrolling."""


def choose(models: "Sequence[Checkpoint]") -> "list[Checkpoint]":
    """The models to look at closely, at most AT_MOST. models: those that have the chosen cells, the best first."""
    names = [model.name for model in models]
    if len(names) == 1:
        return list(models)
    st.subheader("Some models more closely", anchor=False)
    first = names[:AT_FIRST]
    picked = st.pills(
        "Models",
        names,
        selection_mode="multi",
        default=first,
        key="models",
        bind="query-params",
        help=f"Two to {AT_MOST} models, or one by itself. The most accurate on validation cells come first.",
    )
    chosen = [model for model in models if model.name in (picked or first)]
    if len(chosen) > AT_MOST:
        left = words.join([f"**{words.plain(model.name)}**" for model in chosen[AT_MOST:]])
        st.warning(
            f"At most {AT_MOST} models can be looked at closely at once, so {left} "
            f"{'is' if len(chosen) == AT_MOST + 1 else 'are'} left out. Take one out to make room."
        )
    return chosen[:AT_MOST]


def measured(models: "Sequence[Checkpoint]", scope: Scope) -> dict[str, Scored]:
    """Figures of every model by name; those without predictions for these cells are named, and the page goes on."""
    tested, problems, without = {}, {}, []
    with st.spinner(f"Working out the figures of {words.count(len(models), 'model')} …"):
        for model in models:
            try:
                if any(_holds(held, scope) for held in load.scopes(model)):
                    tested[model.name] = load.tested(model, scope)
                else:
                    without.append(f"**{words.plain(model.name)}**")
            except CheckpointError as error:
                problems[model.name] = str(error)
    if without:
        st.caption(f"Left out, since without predictions for these cells: {words.join(without)}.")
    for name, problem in problems.items():
        st.warning(f"**{words.plain(name)}** is left out. {words.plain(problem)}")
    return tested


def _holds(held: Scope, scope: Scope) -> bool:
    """Whether a source, split and lab of a table are among those wanted."""
    return (held.source, held.split) == (scope.source, scope.split) and scope.lab in ("", held.lab)


def answer(models: "Sequence[Checkpoint]", tested: Mapping[str, Scored]) -> None:
    """The page's question answered in words. models: the best by validation first."""
    best = comparison.ranked(tested)[0]
    model = next(model for model in models if model.name == best)
    st.markdown(f"#### {comparison.verdict(tested)}")
    st.markdown(comparison.accuracies(tested))
    chosen_by_validation = comparison.by_validation(models[0].name, load.champion(models).name, len(models) - 1)
    st.markdown(f"{chosen_by_validation} {comparison.weakness(best, tested[best], model.space)}".strip())
    st.caption(
        f"{model.card.limits} Each interval takes cells to be independent, which cells of one patient are not. "
        f"{_data(models, tested)}"
    )


def _data(models: "Sequence[Checkpoint]", tested: Mapping[str, Scored]) -> str:
    """Where the cells are from, and what makes the models' figures hard to set side by side."""
    shown = [model for model in models if model.name in tested]
    source = next(iter(tested.values())).report.source
    foreign = [model.name for model in shown if source not in model.card.learned_from]
    told = f"Data: {source}, its split fixed by file."
    if foreign:
        told += f" Learned from other data: {words.join(foreign)}."
    if len({model.space for model in shown}) > 1:
        told += " Not all of these models tell the same classes apart: fewer classes are easier to tell."
    elif len({one.report.n for one in tested.values()}) > 1:
        told += " Not all of these models were asked about the same cells."
    return told


def overview(
    models: "Sequence[Checkpoint]", tested: Mapping[str, Scored], costs: Mapping[str, Cost], speeds: Mapping[str, Speed]
) -> None:
    """All models in one table that sorts."""
    st.subheader(f"All {len(models)} models" if len(models) > 1 else "The model", anchor=False)
    table = comparison.overview(tested, costs)
    st.dataframe(
        table,
        hide_index=True,
        column_config=_columns(min(one.report.n for one in tested.values())),
        height="auto" if len(table) <= 9 else ROW * (len(table) + 1) + 3,
        placeholder="not measured",
        alt="One row for each model, the most accurate first. A click on a column's name sorts by it.",
    )
    st.caption(
        "A click on a column's name sorts by it. Low and high are the ends of the accuracy's 95 % interval. "
        "Sensitivity, specificity and F1 are means over the classes, each class counted alike. "
        "Calib. error: the calibration error, how far on average the stated confidence lies from the share right. "
        "Multiply-adds: for one cell, of an ensemble those of all its members. "
        "K, M and B: thousands, millions and thousands of millions. "
        f"{_how_timed(models, speeds)}"
    )
    save_csv("overview", lambda: comparison.overview_csv(models, tested, costs))


def _columns(cells: int) -> dict[str, object]:
    """How the overview's numbers are written: in no more digits than so many cells deserve."""
    percent = f"%.{1 if cells >= 1000 else 0}f %%"
    rates = ("Accuracy", "Low", "High", "Sensitivity", "Specificity", "F1")
    number = st.column_config.NumberColumn
    return {
        "Model": st.column_config.TextColumn(pinned=True),
        **{title: number(format=percent) for title in rates},
        "Calib. error": number(format="%.1f %%", help="Calibration error"),
        "Input": number(format="%d px"),
        "Parameters": number(format="compact"),
        "Multiply-adds": number(format="compact"),
        "Size": number(format="%.1f MB"),
        "Time a cell": number(format="%.1f ms", width=95),
    }


def worth(
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
        st.caption(_how_timed(models, speeds))
    if not found:
        st.info("No model here has been timed as it stands; `python -m core bench speed --keep` does that.")
        return
    st.markdown(in_words(found))
    table = cost_table(found, what or "parameters")
    said = [f"{one.name}: {one.cost:,.4g}, {words.rate(one.accuracy)}" for one in found]
    figure = charts.against_cost(found, styles(models), title)
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


def _how_timed(models: "Sequence[Checkpoint]", speeds: Mapping[str, Speed]) -> str:
    """On what the times were measured, and which models have none."""
    known = {speed.name: speed for speed in (speeds.get(model.card.sha256) for model in models) if speed}
    places = sorted({f"{one.hardware} ({words.count(one.threads, 'thread')}, {one.date})" for one in known.values()})
    without = [model.name for model in models if model.name not in known]
    told = f"Times were measured on {words.join(places)}, with finding the cell, many cells at once. " if places else ""
    return f"{told}{f'Not measured: {words.join(without)}.' if without and known else ''}".strip()


def notes(shown: Together) -> None:
    """What was done so that the models can be set side by side."""
    for note in shown.notes:
        st.info(note)


def classes(shown: Together, styles: Mapping[str, charts.Style]) -> None:
    """Figures of each class with their intervals."""
    tested = {model.name: load.in_depth(model, shown.told[model.name], shown.scope) for model in shown.models}
    st.subheader("How well is each class told?", anchor=False)
    title = st.segmented_control(
        "Measure", list(comparison.MEASURES), default="Sensitivity", required=True, key="measure", bind="query-params"
    )
    attribute, meaning = comparison.MEASURES[title or "Sensitivity"]
    soft = any(one.soft for each in tested.values() for one in each.report.per_class)
    hollow = " Hollow marks: fewer than 30 cells, so the figure is soft." if soft else ""
    st.markdown(
        f"{meaning} The line through a mark is its 95 % interval, {comparison.METHODS[attribute]}; "
        f"the number of cells is in brackets.{hollow}"
    )
    table = comparison.per_class(tested, shown.space)
    said = [f"{row['Model']}, {row['Class']}: {row[title]}" for _, row in table.iterrows()]
    reports = {name: one.report.per_class for name, one in tested.items()}
    figure = charts.dots(reports, styles, shown.space, attribute)
    alt = f"{title}. {'; '.join(said)}."
    st.plotly_chart(figure, key="dots", config=charts.saved_as(f"classes-{attribute}"), alt=alt)
    if shown.grouped:
        st.caption("Several of these images show one photo, so Wilson's intervals, which count each image, are narrow.")
    with st.expander("The table"):
        st.dataframe(table, hide_index=True, alt="One row for each model and class.")
        st.caption(
            "Intervals: 95 %, Wilson's; for F1 through the Jaccard index, which is a proportion; for AUC by bootstrap, "
            "which is too narrow near 100 % and gives none there."
        )
        save_csv("classes", lambda: comparison.per_class_csv(tested))


def training(models: "Sequence[Checkpoint]", styles: Mapping[str, charts.Style]) -> None:
    """Loss, accuracy and learning rate by epoch."""
    st.subheader("How did training go?", anchor=False)
    histories = {}
    for model in models:
        if model.card.ensemble is not None:
            members = words.join([f"**{member.name}**" for member, _ in model.members])
            st.caption(f"{model.name} was not trained itself: it is {members} answering together.")
            continue
        try:
            histories[model.name] = model.history()
        except CheckpointError as error:
            st.warning(words.plain(str(error)))
    if not histories:
        return
    st.markdown(
        "Dotted: training cells, as augmented. Solid: validation cells. The mark is the epoch that was kept. "
        "Where the solid line turns away from the dotted one, a model learns its training cells by heart."
    )
    best = {model.name: int(model.card.training.get("best_epoch", 0)) for model in models}
    left, right = st.columns(2)
    for what, column in zip(charts.COURSES, (left, right, left), strict=True):
        with column:
            st.markdown(f"**{what.capitalize()}**")
            alt = f"{what.capitalize()} by epoch. At the end, {'; '.join(_ends(histories, what))}."
            figure = charts.curves(histories, styles, best, what)
            st.plotly_chart(figure, key=f"curve-{what}", config=charts.CALM, alt=alt)
    left.caption("The learning rate says how far each step of training goes. It falls to nothing at the end.")
    with st.expander("The tables"):
        for name, table in histories.items():
            st.markdown(f"**{name}**")
            st.dataframe(table, hide_index=True, alt=f"Training history of {name}, one row an epoch.")
            save_csv(f"history-{name}", lambda table=table: table.to_csv(index=False))


def _ends(histories: Mapping[str, pd.DataFrame], what: str) -> list[str]:
    """The last value of each model's course, in words."""
    column = charts.COURSES[what][-1]
    validation = "validation " if column.startswith("val") else ""
    return [f"{name}: {validation}{what} {table[column].iloc[-1]:.3g}" for name, table in histories.items()]


def styles(models: "Sequence[Checkpoint]") -> dict[str, charts.Style]:
    """By name, the look of each model on every chart. models: all of them, so that a model's look never changes."""
    from core.models.registry import ARCHITECTURES

    return charts.model_styles(list(ARCHITECTURES), {model.name: model.card.architecture for model in models})
