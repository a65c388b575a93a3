"""Cells to look at without having any: generated ones and drawings that come along, and real ones where at hand."""

import base64
import io
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from PIL import Image

from core.errors import SmearlensError, SourceError
from core.imaging.decoding import Photo, open_photo
from core.imaging.windows import cut, square
from core.labels import PBC8
from core.synthetic import examples as generated
from core.synthetic.drawings import CELL_CLASSES, DRAWING_NOTE, drawn_cell, drawn_field, is_drawing
from core.synthetic.examples import GeneratedCell, GeneratedField
from core.synthetic.generator.mark import facts_of

if TYPE_CHECKING:
    from core.datasets import Source

ORDER = sorted(PBC8.keys, key=lambda label: label != "neutrophil")
"""Classes as they are offered: that of the commonest white cell first."""

EACH = 2
"""Generated and real examples of each class."""

HARD = ("monocyte", "ig")
"""Classes that are mixed up most, of which a cell that is hard to name is shown beside the typical ones."""

IS_HARD = ", hard to name"
"""In the title of such a cell."""

FIELD, UNLIKE = "Field of many cells (generated)", "Red cells alone (drawing)"

THUMBNAIL = 96
"""Side in pixels of a small picture of an example."""


@dataclass(frozen=True)
class Example:
    """A picture by the name that the list and the address use. label: key of its class, "" where it is no one cell.

    key: of the real photo, or cell or field: the generated one; none of them for a drawing.
    """

    title: str
    label: str
    key: str = ""
    cell: GeneratedCell | None = None
    field: GeneratedField | None = None

    @property
    def is_hard(self) -> bool:
        """Whether it is no typical cell of its class."""
        return IS_HARD in self.title

    @property
    def note(self) -> str:
        """What has to be said about it before anything else."""
        if self.cell is not None or self.field is not None:
            return generated.NOTE
        if not self.key:
            return DRAWING_NOTE
        name = PBC8[self.label].name.lower()
        return (
            f"A real cell from the test split of your PBC folder: no model here learned from it. PBC labels it {name}."
        )

    def photo(self) -> Photo:
        if self.cell is not None:
            return Photo(self.cell.path.name, self.cell.pixels(), generated=True)
        if self.field is not None:
            return replace(open_photo(self.field.data(), self.field.path.name), generated=True)
        if not self.key:
            pixels = drawing(self.label) if self.label else _red_cells()
            return Photo(f"{self.title}.png", pixels, generated=True)
        return Photo(self.key, _source().load(self.key))


def note_of(data: bytes) -> str:
    """What must be said first of a file's picture that says of itself that it is no photograph; "" for others."""
    if is_drawing(data):
        return DRAWING_NOTE
    return generated.NOTE if facts_of(data) is not None else ""


def stand_ins(label: str, most: int) -> list[tuple[np.ndarray, str]]:
    """Pictures of a class to show where no photograph is at hand, each with what it is: generated cells where some
    came along, else a drawing, where we draw that class.
    """
    try:
        cells = [cell for cell in generated.all_cells() if cell.label == label][:most]
        generated_cells = [(cell.pixels(), "a generated cell") for cell in cells]
    except SmearlensError:
        generated_cells = []
    return generated_cells or [(drawing(label), "a drawing")] * (label in CELL_CLASSES)


@st.cache_data(max_entries=32, show_spinner=False)
def drawing(label: str) -> np.ndarray:
    """A drawn cell of that class, (360, 360, 3) uint8."""
    return drawn_cell(label, seed=3, size=360)


@st.cache_data(show_spinner=False)
def _red_cells() -> np.ndarray:
    """A drawn piece of a smear without any cell that a model reads, (128, 128, 3) uint8."""
    return drawn_field(seed=3, size=(128, 128), cells=0).pixels


def all_examples() -> list[Example]:
    """Generated pictures first and real ones next, where there are any, then the drawings; of the commonest white cell
    first."""
    drawings = [Example(f"{PBC8[label].name} (drawing)", label) for label in ORDER if label in CELL_CLASSES]
    return [*_generated_examples(), *_real_examples(), *drawings, Example(UNLIKE, "")]


def pictured() -> list[Example]:
    """Those to choose by their picture: one of each class, hard ones, a field, and one that is unlike them all."""
    firsts: dict[str, Example] = {}
    for example in (each := all_examples()):
        firsts.setdefault(example.label, example)
    cells = [firsts[label] for label in ORDER if label in firsts]
    return [*cells, *(one for one in each if one not in cells and (one.is_hard or one.title in (FIELD, UNLIKE)))]


@st.cache_data(max_entries=64, show_spinner=False)
def thumbnail(title: str, _example: Example) -> str:
    """A small picture of an example as a data address: WebP, THUMBNAIL pixels high and wide."""
    pixels = _example.photo().pixels
    side = min(pixels.shape[:2])
    file = io.BytesIO()
    Image.fromarray(cut(pixels, square(pixels.shape[1] / 2, pixels.shape[0] / 2, side), THUMBNAIL)).save(file, "WEBP")
    return f"data:image/webp;base64,{base64.b64encode(file.getvalue()).decode()}"


def _generated_examples() -> list[Example]:
    """The first of each class, in order of the index, which are typical, the last of some, and a field; none where
    none came along."""
    cells = generated.all_cells()
    by_class = {label: [cell for cell in cells if cell.label == label] for label in ORDER}
    examples = [
        Example(f"{PBC8[label].name} {number} (generated)", label, cell=cell)
        for label in ORDER
        for number, cell in enumerate(by_class[label][:EACH], 1)
    ]
    hard = [
        Example(f"{PBC8[label].name}{IS_HARD} (generated)", label, cell=by_class[label][-1])
        for label in HARD
        if len(by_class[label]) > EACH
    ]
    fields = [Example(FIELD, "", field=field) for field in generated.all_fields()[:1]]
    return [*examples, *hard, *fields]


@st.cache_data(ttl="5m", show_spinner="Looking for photos …")
def _real_examples() -> list[Example]:
    """The first test cells of each class, in order of name; none where PBC is not on this computer."""
    try:
        index = _source().index
    except SourceError:
        return []
    test = index[index["split"] == "test"].sort_values("key")
    examples = []
    for label in ORDER:
        keys = test.loc[test["label"] == label, "key"].head(EACH)
        examples += [
            Example(f"{PBC8[label].name} {number} (real cell)", label, str(key)) for number, key in enumerate(keys, 1)
        ]
    return examples


@st.cache_resource(show_spinner=False)
def _source() -> "Source":
    from core.datasets import find_source

    return find_source("pbc")
