"""Adding a cell that was not found: a frame drawn in the photo, or its edges given in numbers."""

from typing import TYPE_CHECKING

import streamlit as st

from app.count import corrections, selection
from core.imaging.windows import Box

if TYPE_CHECKING:
    from core.differential.smear import CountedPhoto, Smear

ADDING = "adding"
EDGES = ("Left", "Top", "Right", "Bottom")


def switch() -> bool:
    """Whether a person is about to add a cell."""
    return st.toggle("Add a cell", key=ADDING, help="Then draw a frame around it in the photo.")


def framed(photo: "CountedPhoto") -> Box | None:
    """The frame as it stands in the inputs; None where it is no frame."""
    left, top, right, bottom = (float(st.session_state.get(name) or 0) for name in _names(photo))
    return Box(left, top, right, bottom) if right > left and bottom > top else None


def take(photo: "CountedPhoto", box: dict[str, list[float]]) -> None:
    """A frame that was drawn in the chart becomes the one to add."""
    (x0, x1), (y0, y1) = (sorted(box[axis][:2]) for axis in ("x", "y"))
    for name, value in zip(_names(photo), (x0, y0, x1, y1), strict=True):
        st.session_state[name] = float(round(value))


def form(smear: "Smear", photo: "CountedPhoto") -> None:
    """The frame in numbers, for the keyboard, and what is in it."""
    st.markdown("**Draw a frame around the cell in the photo, or give its edges in pixels.**")
    field = photo.field
    limits = (field.width, field.height, field.width, field.height)
    for column, title, name, limit in zip(st.columns(4), EDGES, _names(photo), limits, strict=True):
        # A frame may be drawn beyond the photo's edge.
        st.session_state[name] = min(max(0.0, float(st.session_state.get(name) or 0)), float(limit))
        column.number_input(title, 0.0, float(limit), step=1.0, format="%.0f", key=name)
    labels = {"As the model says": None} | {one.cell.name: one.key for one in smear.types.types}
    name = st.selectbox("It is", list(labels), key="add-called")
    box = framed(photo)
    st.button(
        "Add this cell",
        key="add-cell",
        icon=":material/add:",
        disabled=box is None,
        on_click=_add,
        args=(photo, box, labels[name]),
    )


def _add(photo: "CountedPhoto", box: Box, label: str | None) -> None:
    corrections.add_cell(corrections.photo_key(photo), box, label)
    selection.open_cell(photo.number, len(photo.field) + 1)
    for name in _names(photo):
        st.session_state[name] = 0.0


def _names(photo: "CountedPhoto") -> list[str]:
    """Of the four inputs."""
    return [f"add-{edge.lower()}-{photo.number}" for edge in EDGES]
