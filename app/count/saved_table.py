"""A table of cells that was saved before, handed back: what a person wrote into it becomes corrections again."""

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from app.count import corrections
from app.shared import alarm, words
from core.differential.smear import CorrectionError

if TYPE_CHECKING:
    from core.differential.smear import NotApplied, Smear

TABLE, NOT_APPLIED, PROBLEM = "saved-table", "table_not_applied", "table_problem"


def offer(smear: "Smear") -> "Smear":
    """Where a table is handed back, and what of it fits nothing; the smear with that noted."""
    with st.expander("Corrections from a saved table", icon=":material/upload_file:"):
        st.file_uploader(
            "The table of the cells (CSV) with its column corrected filled in, as any spreadsheet saves it",
            key=TABLE,
            on_change=_take_up,
            args=(smear,),
        )
        st.caption(
            "A correction goes to the photo with the same content and the cell in the same place, never by number."
        )
        if st.session_state.get(PROBLEM):
            alarm.show([st.session_state[PROBLEM]], icon=":material/report:")
        not_applied: tuple[NotApplied, ...] = st.session_state.get(NOT_APPLIED, ())
        if not_applied:
            st.markdown("\n".join(f"- {words.plain(lost.reason)}" for lost in not_applied))
    return replace(smear, not_applied=not_applied)


def _take_up(smear: "Smear") -> None:
    """What fits joins the corrections of this session, where it can be undone like any other."""
    from core.reports.corrections import bind, parse_corrections

    st.session_state[NOT_APPLIED], st.session_state[PROBLEM] = (), ""
    file = st.session_state[TABLE]
    if file is None:
        return
    try:
        bound = bind(smear, parse_corrections(file.getvalue(), file.name))
    except CorrectionError as error:
        st.session_state[PROBLEM] = str(error)
        return
    st.session_state[NOT_APPLIED] = bound.not_applied
    keys = {photo.number: corrections.photo_key(photo) for photo in smear.photos}
    for (photo, cell), label in bound.corrections.called.items():
        corrections.name_cell(keys[photo], cell, label)
    for addition in bound.corrections.added:
        corrections.add_cell(keys[addition.photo], addition.box, addition.called)
