"""Whether a model notices pictures that are none of the cells it knows."""

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from app.shared import alarm, words
from app.shared.saving import save_csv
from core.errors import CheckpointError
from core.evaluation.intervals import Interval
from core.evaluation.results import ood
from core.evaluation.results.ood import GROUPS, OodFigures, OodMeasurement
from core.labels import LabelSpace

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint


def is_measured(model: "Checkpoint") -> bool:
    """Whether it was tried on other pictures or without classes; a damaged measurement is said by `show`."""
    try:
        return any(ood.read_measurement(name) is not None for name in (model.name, f"{model.name}-left-out"))
    except CheckpointError:
        return True


def show(model: "Checkpoint") -> None:
    """What is out of distribution by the model's threshold, and how classes left out are scored, as measured."""
    try:
        measured, left_out = ood.read_measurement(model.name), ood.read_measurement(f"{model.name}-left-out")
    except CheckpointError as error:
        alarm.show([str(error)])
        return
    st.header("Does it notice what it does not know?", anchor=False)
    if measured is not None:
        _other_pictures(measured, model)
    if left_out is not None:
        _classes_left_out(left_out, model.space)


def _other_pictures(measured: OodMeasurement, model: "Checkpoint") -> None:
    st.markdown(unlike_in_words(measured, model))
    st.dataframe(unlike_table(measured), hide_index=True, alt="One row for each kind of picture.")
    st.caption(
        f"Compared with {measured.cells:,} validation cells, of which 95 in a hundred pass. The score was chosen on "
        "outliers, each kind judged by a score that had learned from the other kinds, and on validation cells of "
        f"classes left out. In brackets: 95 % intervals. Measured by `{measured.command}` on {measured.date}."
    )
    with st.expander("All scores tried"):
        every_score = scores_table(measured)
        st.dataframe(every_score, hide_index=True, alt="One row for each score and kind of picture.")
        save_csv("unlike", lambda: every_score.to_csv(index=False))


def _classes_left_out(measured: OodMeasurement, space: LabelSpace) -> None:
    st.markdown(left_out_in_words(measured))
    st.dataframe(left_out_table(measured, space), hide_index=True, alt="One row for each class that was left out.")
    st.caption(f"In brackets: 95 % intervals. Measured by `{measured.command}` on {measured.date}.")


def left_out_in_words(measured: OodMeasurement) -> str:
    """What became of the cells of classes that networks of this recipe never saw."""
    rows = measured.of(measured.used, "left out")
    passed, n = sum(row.at_gate for row in rows), sum(row.n for row in rows)
    return (
        f"Retrained without each class in turn, it took {passed:,} of {n:,} test cells of the missing class for cells "
        "that it knows, and flagged the others as unlike."
    )


def left_out_table(measured: OodMeasurement, space: LabelSpace) -> pd.DataFrame:
    """The score in use, one row a class that was left out."""
    table = pd.DataFrame(_row(row) for row in measured.of(measured.used, "left out")).drop(columns="Pictures")
    names = {cell.key: cell.name for cell in space.classes}
    return table.assign(Kind=table["Kind"].replace(names)).rename(columns={"Kind": "Class"})


def unlike_in_words(measured: OodMeasurement, model: "Checkpoint") -> str:
    """What passes of other things, of drawings and of other laboratories' cells."""
    if measured.sha256 != model.lead.card.sha256:
        return "This was measured with different weights of this model."
    parts = []
    for group, title in (("unlike", "pictures of other things"), ("drawing", "drawings of cells")):
        rows = measured.of(measured.used, group)  # type: ignore[arg-type]
        passed, n = sum(row.at_gate for row in rows), sum(row.n for row in rows)
        if n:
            parts.append(f"of {n:,} {title} it takes {passed:,} for cells")
    return f"At its present threshold, {words.join(parts)}." if parts else "Only outliers were at hand to try it on."


def unlike_table(measured: OodMeasurement) -> pd.DataFrame:
    """The score in use, one row a kind of picture."""
    return pd.DataFrame(_row(row) for row in measured.of(measured.used))


def scores_table(measured: OodMeasurement) -> pd.DataFrame:
    """Every score."""
    return pd.DataFrame({"Score": row.score, **_row(row)} for row in measured.rows)


def _row(row: OodFigures) -> dict[str, object]:
    return {
        "Pictures": GROUPS[row.group],
        "Kind": row.kind,
        "AUROC": words.rate(Interval(row.auroc, row.low, row.high)),
        "Pass where 95 % of cells do": ood.in_words(row),
        "Pass the gate": f"{row.at_gate} of {row.n}",
    }
