"""A photo that shows more than one cell is said to, on the page that reads one."""

import streamlit as st

from app.navigation import entry_of
from app.shared import load, words
from core.imaging.decoding import Photo
from core.imaging.fields import Field

SMALLEST = 400
"""Shorter side in pixels of a photo that may be a field. Pictures of one cell are smaller, and are not searched."""

FIELDS, REMEMBERED = "fields_on_read", 50


def show(cell: str, photo: Photo) -> None:
    """Where the photo is a field, what else is in it, and the way to the page that reads all of it."""
    if min(photo.pixels.shape[:2]) < SMALLEST:
        return
    field = _field(cell, photo)
    if field.single_cell or not field.count("red") + field.count("white") > 1:
        return
    white = field.count("white")
    read = "Only the one in the box is read here" if white else "Here, what is in the box is read all the same"
    st.info(
        f"This photo shows a field of many cells: {words.count(white, 'white cell')}, "
        f"{words.count(field.count('red'), 'red cell')} and {words.count(field.count('platelet'), 'platelet')} were "
        f"found. {read}. The page Count finds and reads them all.",
        icon=":material/grid_view:",
    )
    st.page_link(entry_of("count").file, label="Count the cells of such photos", icon=":material/grid_view:")


def _field(cell: str, photo: Photo) -> Field:
    """What is in the photo; the last ones looked at are remembered. cell: stands for the photo."""
    fields: dict[str, Field] = st.session_state.setdefault(FIELDS, {})
    if cell not in fields:
        detector = load.detector()
        with st.spinner("Looking for other cells …"):
            fields[cell] = detector.find(photo)
        for old in list(fields)[:-REMEMBERED]:
            del fields[old]
    return fields[cell]
