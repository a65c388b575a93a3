"""Correcting where the cell is: sliders, and a second reading in the box that they give."""

from typing import TYPE_CHECKING

import streamlit as st

from app.shared import load
from core.imaging.decoding import Photo
from core.imaging.windows import Box, square

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint
    from core.inference.reader import Reading

BOXES = "boxes_by_hand"
READINGS = "readings_by_hand"
SMALLEST = 16


def box_by_hand(cell: str) -> Box | None:
    """The box that a person set for a cell, by the cell's id."""
    box: Box | None = st.session_state.get(BOXES, {}).get(cell)
    return box


def read_in(cell: str, photo: Photo, box: Box | None, checkpoint: "Checkpoint") -> "Reading":
    """The reading of one cell in a box, or in the one that is found; the last one is remembered."""
    readings: dict[tuple[str, str], tuple[Box | None, Reading]] = st.session_state.setdefault(READINGS, {})
    key = cell, checkpoint.card.sha256
    if key not in readings or readings[key][0] != box:
        (reading,) = load.reader(checkpoint).read([photo], [box])
        readings[key] = box, reading
    return readings[key][1]


def correct(cell: str, photo: Photo, box: Box) -> None:
    """Three sliders that move and size the box; every change reads the cell again."""
    height, width = photo.pixels.shape[:2]
    names = [f"{part}-{cell}" for part in ("x", "y", "side")]
    (x, y), side = box.centre, box.width
    largest = max(2 * max(width, height), round(side), SMALLEST + 1)
    starts = [_within(x, 0, width), _within(y, 0, height), _within(side, SMALLEST, largest)]
    ranges = [(0, width), (0, height), (SMALLEST, largest)]
    labels = ["Centre, pixels from the left", "Centre, pixels from the top", "Side of the box in pixels"]
    for name, label, (low, high), start in zip(names, labels, ranges, starts, strict=True):
        if name not in st.session_state:
            st.session_state[name] = start
        st.slider(label, low, high, key=name, on_change=_set, args=(cell, names))
    if box_by_hand(cell) is not None:
        st.button("Back to the box that was found", on_click=_take_back, args=(cell, names), icon=":material/undo:")


def _within(value: float, low: int, high: int) -> int:
    return min(max(round(value), low), high)


def _set(cell: str, names: list[str]) -> None:
    x, y, side = (st.session_state[name] for name in names)
    st.session_state.setdefault(BOXES, {})[cell] = square(x, y, side)


def _take_back(cell: str, names: list[str]) -> None:
    st.session_state.get(BOXES, {}).pop(cell, None)
    for name in names:
        del st.session_state[name]
