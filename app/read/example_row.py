"""Examples as pictures: a click on one reads it."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from app.shared import examples
from app.shared.language import _, class_name
from core.labels import PBC8

CHOSEN, ROW = "example", "example-pictures"
"""The list of all examples by name, and the row of pictures."""

HEIGHT, LONGEST_NAME = 92, 12


def show() -> None:
    """One row; which picture was clicked stands in the list by name, and so in the address."""
    pictured = examples.pictured()
    titles = [example.title for example in pictured]
    st.dataframe(
        pd.DataFrame([[examples.thumbnail(example.title, example) for example in pictured]], columns=titles),
        column_config={
            example.title: st.column_config.ImageColumn(short(example), width=HEIGHT, help=example.title)
            for example in pictured
        },
        hide_index=True,
        row_height=HEIGHT,
        key=ROW,
        on_select=lambda: _choose(titles),
        selection_mode="single-cell",
        alt=_("Examples as pictures, which the list of examples has by name."),
    )


def short(example: examples.Example) -> str:
    """Its name over its picture."""
    if not example.label:
        return _("A field") if example.field else _("Unlike")
    cell_class = PBC8[example.label]
    if example.is_hard:
        return _("Hard: {abbreviation}", abbreviation=cell_class.abbreviation)
    name = class_name(cell_class)
    return name if len(name) <= LONGEST_NAME else cell_class.abbreviation


def _choose(titles: Sequence[str]) -> None:
    cells = st.session_state[ROW]["selection"]["cells"]
    if cells:
        st.session_state[CHOSEN] = cells[0][1]
    assert st.session_state[CHOSEN] in titles
