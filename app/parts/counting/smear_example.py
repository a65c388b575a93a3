"""A smear to look at without having any: a drawn field, whose truth is known."""

import hashlib
from collections import Counter

import streamlit as st

from app.parts import words
from app.parts.uploads import Upload
from core.cells import PBC8
from core.counting import wording
from core.counting.smear import WHITE
from core.drawings import drawn_field, png

SEED, SIZE, CELLS = 7, (720, 960), 9


@st.cache_data(show_spinner=False)
def _drawn() -> tuple[bytes, dict[str, int]]:
    """The field as a file, and how many cells of each kind were drawn."""
    drawing = drawn_field(SEED, SIZE, CELLS)
    return png(drawing.pixels), dict(Counter(cell.kind for cell in drawing.cells))


def upload() -> Upload:
    """The field as if it had been dropped on the page."""
    data, _ = _drawn()
    return Upload(hashlib.sha256(data).hexdigest()[:20], "A drawn field.png", data)


def note() -> str:
    """What it is, and what is true of it."""
    _, kinds = _drawn()
    white = [wording.some(kinds[key], PBC8[key].name.lower()) for key in (*WHITE, "erythroblast") if kinds.get(key)]
    return (
        "This is a drawing, no photograph, so that you see how a count looks. It was drawn with "
        f"{words.join(white)}, {wording.some(kinds.get('platelet', 0), 'platelet')} and "
        f"{wording.some(kinds.get('red cell', 0), 'red cell')}. The models learned from photographs, so what they say "
        "of a drawing, right or wrong, means nothing for a smear. Drop in photos of one to count real cells."
    )
