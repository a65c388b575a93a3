"""Which photo of a smear, and which of its cells, is looked at. Both stand in the address, as numbers."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from core.differential.smear import CountedCell, CountedPhoto, Smear

PHOTO, CELL = "photo", "cell"
PHOTO_LIST, CELL_LIST, SHOWN = "photo-list", "cell-list", "shown-cells"
WHITE_CELLS, DOUBT = "White cells", "To look at"


def turn_to(photo: int) -> None:
    """Look at the photo of that number."""
    st.query_params[PHOTO] = str(photo)
    st.query_params.pop(CELL, None)


def choose(cell: int) -> None:
    """Look at the cell of that number in the photo."""
    st.query_params[CELL] = str(cell)


def open_cell(photo: int, cell: int) -> None:
    """Look at a cell of any photo, whatever cells are shown now."""
    turn_to(photo)
    choose(cell)
    st.session_state[SHOWN] = WHITE_CELLS


def photo(smear: "Smear") -> "CountedPhoto":
    """The chosen photo, with what turns to the others."""
    n = len(smear.photos)
    number = from_address(PHOTO)
    number = number if 1 <= number <= n else 1
    if n == 1:
        return smear.photos[0]
    doubtful = {cell.photo for cell in smear.doubtful}

    def title(photo: int) -> str:
        name = smear.photos[photo - 1].name.rsplit("/", 1)[-1]
        return f"{photo} of {n}: {name}{' · to look at' if photo in doubtful else ''}"

    with st.container(horizontal=True, vertical_alignment="bottom"):
        for label, key, shortcut, to in (
            ("Photo before", "photo-before", "Shift+P", number - 1),
            ("Next photo", "photo-after", "Shift+N", number + 1),
        ):
            off = not 1 <= to <= n
            st.button(label, key=key, shortcut=shortcut, disabled=off, on_click=turn_to, args=(to,))
        # Not bound to the address itself, which would then hold the name of the file.
        st.session_state[PHOTO_LIST] = number
        st.selectbox("Photo", range(1, n + 1), key=PHOTO_LIST, format_func=title, on_change=_from_photo_list)
    return smear.photos[number - 1]


def _from_photo_list() -> None:
    turn_to(st.session_state[PHOTO_LIST])


def chosen(cells: "Sequence[CountedCell]") -> "CountedCell | None":
    """The cell that the address names, else the first in doubt, else the first; None where there are none."""
    number = from_address(CELL)
    named = next((cell for cell in cells if cell.number == number), None)
    return named or next((cell for cell in cells if cell.doubtful), cells[0] if cells else None)


def from_address(name: str) -> int:
    """The number that the address has under that name; 0 where there is none."""
    try:
        return int(st.query_params.get(name, 0))
    except ValueError:
        return 0


def next_in_doubt(smear: "Smear", photo: int, cell: int) -> "CountedCell | None":
    """The first cell to look at behind a cell, going on from the first photo after the last."""
    doubtful = [other for other in smear.cells if other.doubtful and (other.photo, other.number) != (photo, cell)]
    behind = [other for other in doubtful if (other.photo, other.number) > (photo, cell)]
    return next(iter(behind or doubtful), None)
