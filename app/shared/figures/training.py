"""How training went: loss, accuracy and learning rate by epoch."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from app.shared import alarm, charts, words
from app.shared.saving import save_csv
from core.errors import CheckpointError

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint


def show(models: "Sequence[Checkpoint]", styles: Mapping[str, charts.Style]) -> None:
    """Loss, accuracy and learning rate by epoch."""
    st.header("How did training go?", anchor=False)
    histories, problems = {}, []
    for model in models:
        if model.ensemble is not None:
            members = words.join([f"**{member.name}**" for member, _ in model.members])
            st.caption(f"{model.name} was not trained itself: it combines the answers of {members}.")
            continue
        try:
            histories[model.name] = model.history()
        except CheckpointError as error:
            problems.append(str(error))
    alarm.show(problems)
    if not histories:
        return
    st.markdown(
        "Dotted: training cells, as augmented. Solid: validation cells. The mark is the epoch that was kept. Where "
        "the solid line parts from the dotted one, the model is memorising its training cells."
    )
    best = {model.name: int(model.card.training.get("best_epoch", 0)) for model in models}
    left, right = st.columns(2)
    for course, column in zip(charts.COURSES, (left, right, left), strict=True):
        with column:
            st.markdown(f"**{course.capitalize()}**")
            alt = f"{course.capitalize()} by epoch. At the end, {'; '.join(_ends(histories, course))}."
            figure = charts.curves(histories, styles, best, course)
            st.plotly_chart(figure, key=f"curve-{course}", config=charts.CALM, alt=alt)
    left.caption("The learning rate is how far each step of training goes. It falls to zero by the end.")
    with st.expander("The tables"):
        for name, table in histories.items():
            st.markdown(f"**{name}**")
            st.dataframe(table, hide_index=True, alt=f"Training history of {name}, one row an epoch.")
            save_csv(f"history-{name}", partial(_csv, table))


def _csv(table: pd.DataFrame) -> str:
    return table.to_csv(index=False)


def _ends(histories: Mapping[str, pd.DataFrame], course: str) -> list[str]:
    """The last value of each model's course, in words."""
    column = charts.COURSES[course][-1]
    validation = "validation " if column.startswith("val") else ""
    return [f"{name}: {validation}{course} {table[column].iloc[-1]:.3g}" for name, table in histories.items()]
