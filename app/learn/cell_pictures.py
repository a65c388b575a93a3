"""The pictures that can be learned from: real cells where they are at hand, generated ones, and drawings."""

import io
from collections.abc import Iterable

import numpy as np
import streamlit as st
from PIL import Image

from app.shared import photos
from app.shared.language import N_, _
from core.datasets import source_spec
from core.errors import SourceError
from core.imaging.decoding import Photo
from core.labels import PBC8, PBC_FINE, CellClass, mapping, subtype_of
from core.synthetic import examples
from core.synthetic.drawings import DRAWING_NOTE, drawn_cell
from core.teaching import CellPool

GENERATED, REAL, DRAWN = N_("generated cells"), N_("real cells"), N_("drawings")
COLLECTIONS = (REAL, GENERATED, DRAWN)
"""Kinds of picture, as the page and its address call them, the best to learn from first."""

SOURCE, SPLIT = "pbc", "test"
"""Real cells are those from which no model here learned."""

DRAWINGS = 200
"""Different drawings of each class."""

SIDE = 360
"""Side in pixels of a drawing."""

REAL_NOTE = N_("Real cells from the test split of your PBC folder: no model here learned from them.")

SUBTYPES = {
    label: [PBC_FINE[key] for key, coarse in mapping(PBC_FINE, PBC8).items() if coarse == label != key]
    for label in PBC8.keys
}
"""By class, its finer types, if it has any."""


def at_hand() -> list[str]:
    """The kinds of picture that are on this computer; drawings always are."""
    available = {GENERATED: bool(examples.all_cells()), REAL: photos.source(SOURCE) is not None, DRAWN: True}
    return [collection for collection in COLLECTIONS if available[collection]]


def how_to_get(collection: str) -> str:
    """Why there are none of these, and what can be done, in a sentence or two."""
    if collection == GENERATED:
        return _("No generated cells came with this copy of Smearlens: choose other pictures.")
    how = source_spec(SOURCE).how_to_get
    return _(
        "The real cells are not on this computer. {how_to_get} Then start the app again, or choose other pictures.",
        how_to_get=how,
    )


def note(collection: str) -> str:
    """What has to be said about such pictures."""
    return _({GENERATED: examples.NOTE, REAL: REAL_NOTE, DRAWN: DRAWING_NOTE}[collection])


def single(collection: str) -> str:
    """One of them, for alternative texts: "a drawing"."""
    return {GENERATED: _("a generated cell"), REAL: _("a real cell"), DRAWN: _("a drawing")}[collection]


def pool(collection: str, classes: Iterable[str] = PBC8.keys) -> CellPool:
    """By class, the names of the pictures of that kind; only of these classes."""
    if collection == DRAWN:
        return {label: [f"{label}-{seed}" for seed in range(DRAWINGS)] for label in classes}
    if collection == GENERATED:
        cells = examples.all_cells()
        return {label: [cell.name for cell in cells if cell.label == label] for label in classes}
    source = photos.source(SOURCE)
    if source is None:
        return {label: [] for label in classes}
    index = source.index[source.index["split"] == SPLIT]
    return {label: [str(key) for key in index.loc[index["label"] == label, "key"]] for label in classes}


def photo(collection: str, name: str) -> Photo:
    """The picture of that name; SourceError or ImageError where it is not there or cannot be read."""
    if collection == DRAWN:
        return Photo(f"{name}.png", _drawing(name), generated=True)
    if collection == GENERATED:
        return Photo(f"{name}.webp", _generated(name).pixels(), generated=True)
    real = photos.photo(SOURCE, name)
    if real is None:
        raise SourceError(f"The image {name} is not in the folder of real cells, or cannot be read.")
    return real


@st.cache_data(max_entries=256, show_spinner=False)
def _drawing(name: str) -> np.ndarray:
    label, seed = name.rsplit("-", 1)
    return drawn_cell(label, int(seed), SIDE)


def _generated(name: str) -> examples.GeneratedCell:
    for cell in examples.all_cells():
        if cell.name == name:
            return cell
    raise SourceError(f"There is no generated cell called {name}.")


def subtype(collection: str, name: str) -> CellClass | None:
    """The finer type that is known of a picture, such as a band neutrophil; None where none is."""
    if collection == DRAWN:
        return None
    key = _generated(name).subtype if collection == GENERATED else subtype_of(name)
    return PBC_FINE[key] if key and key not in PBC8.keys else None


@st.cache_data(max_entries=1024, show_spinner=False)
def small(collection: str, name: str, side: int) -> bytes:
    """The picture as a WebP of that side, framed on its cell; SourceError or ImageError as `photo`."""
    if collection == REAL and (framed := photos.small(SOURCE, name, side)) is not None:
        return framed
    picture = Image.fromarray(photo(collection, name).pixels).resize((side, side), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    picture.save(file, "WEBP", quality=85)
    return file.getvalue()
