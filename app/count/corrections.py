"""What a person says of the cells of a smear on the page: renamed, taken away or added, and taken back again."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from app.count.counting import SmearOnPage
from app.shared import words
from core.differential.smear import Addition, Corrections
from core.imaging.windows import Box

if TYPE_CHECKING:
    from core.differential.smear import CountedCell, CountedPhoto, Smear

SAID, TOLD = "smear_said", "smear_told"


@dataclass(frozen=True)
class Word:
    """One thing that was said. photo: as place_of has it, the same when other photos come or go.

    number: of a cell that is there, 0 for one that is added. box: of an added one. called: a class key, NO_CELL,
    or None for what the model says.
    """

    photo: str
    number: int
    called: str | None
    box: Box | None = None


def words_said() -> list[Word]:
    """Everything that was said in this session, in order."""
    said: list[Word] = st.session_state.setdefault(SAID, [])
    return said


def call(photo: str, number: int, called: str | None) -> None:
    """A cell is what a person says, or again what the model says."""
    words_said().append(Word(photo, number, called))


def add(photo: str, box: Box, called: str | None) -> None:
    """There is a cell where none was found."""
    words_said().append(Word(photo, 0, called, box))


def undo() -> None:
    """Take the last word back."""
    if words_said():
        words_said().pop()


def forget() -> None:
    """Take everything back."""
    words_said().clear()


def corrected(found: SmearOnPage) -> "Smear":
    """The smear with what a person said; worked out once for the same photos and words."""
    photos = tuple((photo.name, place_of(photo)) for photo in found.smear.photos)
    key = photos, tuple(lost.reason for lost in found.smear.not_read), tuple(words_said()), found.smear_reader
    kept = st.session_state.get(TOLD)
    if kept is None or kept[0] != key:
        from core.inference.smear import with_corrections

        said = corrections_of(found.smear, words_said())
        st.session_state[TOLD] = kept = key, with_corrections(found.smear, said, found.smear_reader, found.photo)
    smear: Smear = kept[1]
    return smear


def corrections_of(smear: "Smear", said: list[Word]) -> Corrections:
    """The words in the numbers of this smear; those on photos and cells that are not in it rest."""
    photos = {place_of(photo): photo for photo in smear.photos}
    called: dict[tuple[int, int], str | None] = {}
    added: list[Addition] = []
    last = {place: len(photo.field) for place, photo in photos.items()}
    for word in said:
        photo = photos.get(word.photo)
        if photo is None:
            continue
        if word.box is not None:
            added.append(Addition(photo.number, word.box, word.called))
            last[word.photo] += 1
        elif word.number <= last[word.photo]:
            called[photo.number, word.number] = word.called
    return Corrections({place: key for place, key in called.items() if key is not None}, tuple(added))


def place_of(photo: "CountedPhoto") -> str:
    """A photo by its pixels and by what found its cells, since others would number them otherwise."""
    return f"{photo.field.detector}: {photo.fingerprint}"


def of_cell(smear: "Smear", cell: "CountedCell") -> str:
    """The place of the photo in which a cell lies."""
    return place_of(smear.photos[cell.photo - 1])


def take_back() -> None:
    """Buttons that take the last word back, or all; nothing where nothing was said."""
    count = len(words_said())
    if not count:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Undo", key="smear-undo", icon=":material/undo:", on_click=undo, shortcut="Ctrl+Z")
        st.button("Take all back", key="smear-forget", icon=":material/restart_alt:", on_click=forget)
        kept = "is kept" if count == 1 else "are kept"
        st.caption(f"{words.count(count, 'change')} of yours {kept} while this page is open.")
