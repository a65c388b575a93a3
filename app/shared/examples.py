"""Cells to look at without having any: generated ones and drawings that come along, and real ones where at hand."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core.errors import SmearlensError, SourceError
from core.imaging.decoding import Photo
from core.labels import PBC8
from core.synthetic import examples as generated
from core.synthetic.drawings import CELL_CLASSES, DRAWING_NOTE, drawn_cell, is_drawing
from core.synthetic.examples import GeneratedCell
from core.synthetic.generator.mark import facts_of

if TYPE_CHECKING:
    from core.datasets import Source

ORDER = sorted(PBC8.keys, key=lambda label: label != "neutrophil")
"""Classes as they are offered: that of the commonest white cell first."""

EACH = 2
"""Generated and real examples of each class."""


@dataclass(frozen=True)
class Example:
    """A cell by the name that the list and the address use. label: key of its class.

    key: of the real photo, or cell: the generated one; neither for a drawing.
    """

    title: str
    label: str
    key: str = ""
    cell: GeneratedCell | None = None

    @property
    def note(self) -> str:
        """What has to be said about it before anything else."""
        if self.cell is not None:
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
        if not self.key:
            return Photo(f"{self.title}.png", drawing(self.label), generated=True)
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


def all_examples() -> list[Example]:
    """Generated cells first and real ones next, where there are any, then the drawings; of the commonest white cell
    first."""
    drawings = [Example(f"{PBC8[label].name} (drawing)", label) for label in ORDER if label in CELL_CLASSES]
    return [*_generated_examples(), *_real_examples(), *drawings]


def _generated_examples() -> list[Example]:
    """The first of each class, in order of the index; none where none came along."""
    cells = generated.all_cells()
    examples = []
    for label in ORDER:
        for number, cell in enumerate([cell for cell in cells if cell.label == label][:EACH], 1):
            examples.append(Example(f"{PBC8[label].name} {number} (generated)", label, cell=cell))
    return examples


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
