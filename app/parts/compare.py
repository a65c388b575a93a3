"""The parts of the page that sets models side by side."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from app.parts import charts, comparison, words
from app.parts.load import Scored
from core.errors import CheckpointError

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint

SPLIT_NAMES = {"test": "test", "validation": "val"}
AT_FIRST = 4
"""Models that are shown before anybody chooses."""


def choose(models: "Sequence[Checkpoint]") -> "tuple[list[Checkpoint], str]":
    """The models to show and the split."""
    names = [model.name for model in models]
    picked = names
    with st.container(horizontal=True, vertical_alignment="bottom"):
        split = st.segmented_control(
            "Cells",
            list(SPLIT_NAMES),
            default="test",
            required=True,
            key="cells",
            bind="query-params",
            help="Test cells were kept apart until the end. Validation cells helped to choose, which flatters.",
        )
        if len(names) > 1:
            picked = st.pills(
                "Models", names, selection_mode="multi", default=names[:AT_FIRST], key="models", bind="query-params"
            )
    wanted = picked or names[:AT_FIRST]
    return [model for model in models if model.name in wanted], SPLIT_NAMES[split or "test"]


def answer(models: "Sequence[Checkpoint]", tested: Mapping[str, Scored]) -> None:
    """The page's question answered in words, and the figures behind it."""
    best = comparison.ranked(tested)[0]
    model = next(model for model in models if model.name == best)
    st.markdown(f"#### {comparison.verdict(tested)}")
    st.markdown(comparison.accuracies(tested))
    st.markdown(f"{comparison.weakness(best, tested[best], model.space)}")
    st.caption(
        f"{model.card.limits} Each interval takes cells to be independent, which cells of one patient are not. "
        f"Data: {model.card.trained.source}, its split fixed by file."
    )
    table = comparison.overview(models, tested)
    config = {column: st.column_config.TextColumn(alignment="right") for column in table.columns[1:]}
    st.dataframe(table, hide_index=True, column_config=config, alt="One row for each model, the most accurate first.")
    st.caption(
        "Sensitivity, specificity, precision and F1 are means over the classes, each class counted alike. "
        "Calibration error: how far the stated confidence lies from the share that was right, on average."
    )
    _save("overview", lambda: comparison.overview_csv(models, tested))


def mistakes(models: "Sequence[Checkpoint]", tested: Mapping[str, Scored]) -> None:
    """Confusion matrices side by side on one scale."""
    st.subheader("Which classes does it mix up?", anchor=False)
    scale = st.segmented_control(
        "Figures in the squares",
        ["share of the true class", "count"],
        default="share of the true class",
        required=True,
        key="squares",
        bind="query-params",
    )
    shares = scale != "count"
    unit = "percent of the cells of that true class" if shares else "cells"
    st.markdown(
        f"A row is what the cell was, a column what the model said; figures are {unit}. Right answers are on the "
        "diagonal, mistakes beside it. All matrices share one colour scale; empty squares are zero."
    )
    highest = 1.0 if shares else float(max(one.confusion.max() for one in tested.values()))
    for first in range(0, len(models), 3):
        row = models[first : first + 3]
        for column, model in zip(st.columns(3 if len(models) > 2 else len(models)), row, strict=False):
            one = tested[model.name]
            with column:
                st.markdown(f"**{model.name}**, {words.share(one.report.accuracy)} right")
                figure = charts.confusion(one.confusion, model.space, shares, highest)
                text = comparison.matrix_in_words(model.name, one, model.space)
                st.plotly_chart(figure, key=f"matrix-{model.name}", config=charts.CALM, alt=text)
    st.caption(f"{'; '.join(f'{kind.abbreviation} {kind.name.lower()}' for kind in models[0].space.classes)}.")
    with st.expander("The tables"):
        for model in models:
            table = comparison.matrix(tested[model.name].confusion, model.space)
            st.markdown(f"**{model.name}**, cells")
            st.dataframe(table, alt=f"Confusion matrix of {model.name} in cells.")
            _save(f"confusion-{model.name}", table.to_csv)


def classes(models: "Sequence[Checkpoint]", tested: Mapping[str, Scored]) -> None:
    """Figures of each class with their intervals."""
    st.subheader("How well is each class told?", anchor=False)
    title = st.segmented_control(
        "Measure", list(comparison.MEASURES), default="Sensitivity", required=True, key="measure", bind="query-params"
    )
    attribute, meaning = comparison.MEASURES[title or "Sensitivity"]
    space = models[0].space
    soft = any(one.soft for each in tested.values() for one in each.report.per_class)
    hollow = " Hollow marks: fewer than 30 cells, so the figure is soft." if soft else ""
    st.markdown(f"{meaning} The line through a mark is its 95 % interval; the number of cells is in brackets.{hollow}")
    table = comparison.per_class(tested, space)
    said = [f"{row['Model']}, {row['Class']}: {row[title]}" for _, row in table.iterrows()]
    figure = charts.dots(
        {name: one.report.per_class for name, one in tested.items()}, _styles(models), space, attribute
    )
    st.plotly_chart(figure, key="dots", config=charts.CALM, alt=f"{title}. {'; '.join(said)}.")
    with st.expander("The table"):
        st.dataframe(table, hide_index=True, alt="One row for each model and class.")
        st.caption("Intervals: 95 %, Wilson's; for F1 through the Jaccard index, which is a proportion.")
        _save("classes", lambda: comparison.per_class_csv(tested))


def training(models: "Sequence[Checkpoint]") -> None:
    """Loss and accuracy by epoch."""
    st.subheader("How did training go?", anchor=False)
    histories = {}
    for model in models:
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
    for column, what in zip(st.columns(2), ("loss", "accuracy"), strict=True):
        with column:
            st.markdown(f"**{what.capitalize()}**")
            figure = charts.curves(histories, _styles(models), best, what)
            ends = [
                f"{name}: validation {what} {table[f'val_{what}'].iloc[-1]:.3f}" for name, table in histories.items()
            ]
            alt = f"{what.capitalize()} by epoch. At the end, {'; '.join(ends)}."
            st.plotly_chart(figure, key=f"curve-{what}", config=charts.CALM, alt=alt)
    with st.expander("The tables"):
        for name, table in histories.items():
            st.markdown(f"**{name}**")
            st.dataframe(table, hide_index=True, alt=f"Training history of {name}, one row an epoch.")
            _save(f"history-{name}", lambda table=table: table.to_csv(index=False))


def _styles(models: "Sequence[Checkpoint]") -> dict[str, tuple[str, str]]:
    from core.models.registry import ARCHITECTURES

    return {model.name: charts.model_style(list(ARCHITECTURES), model.card.architecture) for model in models}


def _save(name: str, data) -> None:  # type: ignore[no-untyped-def]
    st.download_button(
        "Save as CSV", data, f"smearlens-{name}.csv", "text/csv", key=f"save-{name}", on_click="ignore", type="tertiary"
    )
