"""What a person says of the cells of a smear on the page: renamed, taken away or added, and taken back again."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from app.count.counting import CountedSmear
from core.differential.smear import Addition, Corrections
from core.imaging.windows import Box

if TYPE_CHECKING:
    from core.differential.smear import CountedCell, CountedPhoto, Smear

CORRECTIONS, CORRECTED = "smear_said", "smear_told"
"""Where a session keeps every correction, and the smear as corrected."""


@dataclass(frozen=True)
class CellCorrection:
    """One thing that a person said of a cell. photo: as photo_key has it, the same when other photos come or go.

    number: of a cell that is there, 0 for one that is added. label: key of a type, NO_CELL, or None for what the model
    says. box: of an added one.
    """

    photo: str
    number: int
    label: str | None
    box: Box | None = None


def made() -> list[CellCorrection]:
    """All corrections of this session, in order."""
    corrections: list[CellCorrection] = st.session_state.setdefault(CORRECTIONS, [])
    return corrections


def name_cell(photo: str, number: int, label: str | None) -> None:
    """A cell is what a person says, or again what the model says."""
    made().append(CellCorrection(photo, number, label))


def add_cell(photo: str, box: Box, label: str | None) -> None:
    """There is a cell where none was found."""
    made().append(CellCorrection(photo, 0, label, box))


def undo() -> None:
    """Take the last correction back."""
    if made():
        made().pop()


def clear() -> None:
    """Take all corrections back."""
    made().clear()


def corrected(counted: CountedSmear) -> "Smear":
    """The smear with all corrections; worked out once for the same photos and corrections."""
    photos = tuple((photo.name, photo_key(photo), photo.field.micrometres_per_pixel) for photo in counted.smear.photos)
    not_read = tuple(file.reason for file in counted.smear.not_read)
    key = photos, not_read, tuple(made()), counted.smear_reader, counted.smear.types
    last = st.session_state.get(CORRECTED)
    if last is None or last[0] != key:
        from core.inference.smear import with_corrections

        by_number = numbered(counted.smear, made())
        smear = with_corrections(counted.smear, by_number, counted.smear_reader, counted.photo)
        st.session_state[CORRECTED] = last = key, smear
    result: Smear = last[1]
    return result


def numbered(smear: "Smear", corrections: Iterable[CellCorrection]) -> Corrections:
    """Corrections in the numbers of this smear; those of photos and cells that are not in it rest."""
    photos = {photo_key(photo): photo for photo in smear.photos}
    labels: dict[tuple[int, int], str | None] = {}
    added: list[Addition] = []
    last_number = {key: len(photo.field) for key, photo in photos.items()}
    for correction in corrections:
        photo = photos.get(correction.photo)
        if photo is None:
            continue
        if correction.box is not None:
            added.append(Addition(photo.number, correction.box, correction.label))
            last_number[correction.photo] += 1
        elif correction.number <= last_number[correction.photo]:
            labels[photo.number, correction.number] = correction.label
    return Corrections({place: label for place, label in labels.items() if label is not None}, tuple(added))


def photo_key(photo: "CountedPhoto") -> str:
    """A photo by its pixels and by what found its cells, since others would number them otherwise."""
    return f"{photo.field.detector}: {photo.fingerprint}"


def photo_key_of(smear: "Smear", cell: "CountedCell") -> str:
    """The key of the photo in which a cell lies."""
    return photo_key(smear.photos[cell.photo - 1])


def undo_buttons() -> None:
    """Buttons that take the last correction back, or all; nothing where there is none."""
    n = len(made())
    if not n:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Undo", key="smear-undo", icon=":material/undo:", on_click=undo, shortcut="Ctrl+Z")
        st.button("Clear all", key="smear-forget", icon=":material/restart_alt:", on_click=clear)
        changes = "Your change is" if n == 1 else f"Your {n:,} changes are"
        st.caption(f"{changes} kept while this page is open.")
