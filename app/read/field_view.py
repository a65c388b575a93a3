"""A photo of many cells on the page that reads one: all of it, its white cells numbered, and the choice of one."""

from typing import TYPE_CHECKING

import streamlit as st

from app.navigation import entry_of
from app.shared import pictures, scale_bar, words
from app.shared.language import _, joined, ngettext
from core.imaging.wording import detection_sentences

if TYPE_CHECKING:
    from app.shared.uploads import Item
    from core.imaging.decoding import Photo
    from core.labels import LabelSpace

SIDE = 760
"""Longer side in pixels of the field as it is shown."""


def show(item: "Item", photo: "Photo", space: "LabelSpace") -> None:
    """The field with its white cells marked, the list to choose one from, and the way to the page that counts them."""
    found = item.found
    if found is None or found.field.single_cell:
        return
    field = found.field
    readings = {reading.cell: reading for reading in found.readings}
    found_cells = _(
        "This photo shows a field of many cells: {white}, {red} and {platelets} were found.",
        white=ngettext("{n} white cell", "{n} white cells", field.count("white")),
        red=ngettext("{n} red cell", "{n} red cells", field.count("red")),
        platelets=ngettext("{n} platelet", "{n} platelets", field.count("platelet")),
    )
    shown = (
        _("One of the white cells is shown below; the page Count names and counts all cells, by the same numbers.")
        if len(readings) > 1
        else _("The white cell is shown below; the page Count names and counts all cells, by the same numbers.")
    )
    st.info(
        f"{found_cells} {shown}",
        icon=":material/grid_view:",
    )
    boxes = {number: field.cells[number - 1].box for number in readings}
    picture = pictures.marked(photo.pixels, boxes, item.cell, SIDE)
    size = field.pixel_size and field.pixel_size * field.width / picture.shape[1]
    st.image(
        scale_bar.drawn(picture, size),
        alt=_("The whole photo; its white cells have the numbers {numbers}.", numbers=joined([*map(str, readings)])),
    )
    if about := scale_bar.in_words(field):
        st.caption(about)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            _("White cell to read"),
            list(readings),
            index=list(readings).index(item.cell),
            key=item.choice,
            format_func=lambda number: f"{number}: {words.in_list(readings[number], space)}",
        )
        st.page_link(entry_of("count").file, label=_("Count the cells of such photos"), icon=":material/grid_view:")
    if apart := detection_sentences(field.cells[item.cell - 1]):
        st.caption(_("Cell {number}: {remarks}", number=item.cell, remarks=" ".join(apart)))
