"""What came of the uploads: how many of what, the table, the card of the chosen cell, the files that failed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from app.read import card, tables
from app.shared.language import _, ngettext, number
from app.shared.uploads import Item, Upload, photo_of, read_all

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint

FEW = 5
"""Files that failed which are listed without being asked for."""


def show(uploads: list[Upload], checkpoint: "Checkpoint") -> None:
    """Reads the uploads and shows what came of them."""
    items = read_all(uploads, checkpoint)
    read = [item for item in items if item.reading is not None]
    if len(items) > 1:
        st.markdown(in_short(items))
    _show_unreadable(items)
    if not read:
        return
    chosen = read[0] if len(read) == 1 else _choose(read, checkpoint)
    assert chosen.reading is not None
    card.show(card.Cell(chosen.id, photo_of(chosen, uploads), chosen.reading, chosen.note, chosen), checkpoint)
    st.download_button(
        _("Save all readings as a table (CSV)"),
        lambda: tables.csv(items, checkpoint.space),
        f"smearlens-{checkpoint.name}.csv",
        "text/csv",
        on_click="ignore",
        icon=":material/table:",
    )


def in_short(items: Sequence[Item]) -> str:
    """ "23 cells read: 20 answered, 2 unsure, 1 unlike …" """
    verdicts = [item.reading.verdict for item in items if item.reading is not None]
    failed = len(items) - len(verdicts)
    if not verdicts:
        return ngettext("{n} file could not be read.", "{n} files could not be read.", failed)
    unread = ngettext("{n} file could not be read.", "{n} files could not be read.", failed) if failed else ""
    sentence = ngettext(
        "{n} cell read: {answered} answered, {unsure} unsure and {unlike} unlike what the model was trained on.",
        "{n} cells read: {answered} answered, {unsure} unsure and {unlike} unlike what the model was trained on.",
        len(verdicts),
        answered=number(verdicts.count("answer")),
        unsure=number(verdicts.count("unsure")),
        unlike=number(verdicts.count("unlike")),
    )
    return f"{sentence} {unread}".strip()


def _show_unreadable(items: Sequence[Item]) -> None:
    """Which files could not be read, and why."""
    table = tables.unreadable(items)
    if len(table):
        with st.expander(
            _lost(len(table), len(items) - len(table)),
            icon=":material/report:",
            expanded=len(table) <= FEW,
        ):
            st.table(table, hide_index=True)


def _lost(failed: int, others: int) -> str:
    """ "1 file could not be read; the other 2 were read": of the others, as far as there are any."""
    if not others:
        return ngettext("{n} file could not be read", "{n} files could not be read", failed)
    rest = ngettext("the other one was read", "the other {n} were read", others)
    return ngettext("{n} file could not be read; {rest}", "{n} files could not be read; {rest}", failed, rest=rest)


def _choose(read: Sequence[Item], checkpoint: "Checkpoint") -> Item:
    """The item whose row is chosen in the table; the first at the beginning."""
    st.caption(_("Choose a row to see that cell."))
    state = st.dataframe(
        tables.summary(read, checkpoint.space),
        hide_index=True,
        key="chosen",
        on_select="rerun",
        selection_mode="single-row-required",
        height="auto" if len(read) <= 8 else 318,
        alt=_("One row for each cell that was read."),
    )
    rows = state["selection"]["rows"]
    return read[rows[0] if rows and rows[0] < len(read) else 0]
