"""Cells and their maps for slides: generated ones, or those of a smear."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from app.present.content import CellPicture
from app.shared import load, pictures, words
from app.shared.examples import ORDER
from app.shared.reading import explanations
from app.shared.smears import LastSmear
from core.errors import SmearlensError
from core.imaging.decoding import Photo
from core.imaging.windows import Box, cut
from core.labels import PBC8
from core.synthetic import examples

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint
    from core.differential.smear import CountedCell
    from core.inference.reader import Reader

SIDE, OPACITY = 300, 0.6
"""Pixels of a picture, and how strongly a map covers it."""

NOT_MEASURED = "How faithful these maps are was not measured with these weights."


def generated_cells(model: "Checkpoint") -> tuple[CellPicture, ...]:
    """One generated cell of each class, read by the model; none where none came along."""
    return _generated_cells(model.card.sha256, model)


@st.cache_data(max_entries=16, show_spinner="Reading generated cells …")
def _generated_cells(sha256: str, _model: "Checkpoint") -> tuple[CellPicture, ...]:
    try:
        by_class = {cell.label: cell for cell in reversed(examples.all_cells())}
        photos = {label: Photo(label, by_class[label].pixels()) for label in ORDER if label in by_class}
    except SmearlensError:
        return ()
    reader, space = load.reader(_model), _model.space
    method = explanations.quickest(_model).name
    cells = []
    for (label, photo), reading in zip(photos.items(), reader.read(list(photos.values())), strict=True):
        name = PBC8[label].name
        cells.append(
            CellPicture(
                *_cut(reader, photo, reading.box, reading.label, method),
                captions=(f"Generated {name.lower()}", words.in_list(reading, space)),
                alt=f"A generated {name.lower()}",
            )
        )
    return tuple(cells)


def _cut(reader: "Reader", photo: Photo, box: Box, label: str, method: str) -> tuple[np.ndarray, np.ndarray]:
    """The cell and the same with its map, (SIDE, SIDE, 3) uint8."""
    crop = cut(photo.pixels, box, SIDE)
    return crop, pictures.laid_over(crop, reader.explain(photo, box, method, label).map.values, OPACITY)


def smear_cells(last: LastSmear, cells: "Sequence[CountedCell]") -> tuple[CellPicture, ...]:
    """Cells of a counted smear that a model read, from their photos, with the map for the class it holds likeliest."""
    reader, space = load.reader(last.model), last.model.space
    method = explanations.quickest(last.model).name
    made = []
    for cell in cells:
        assert cell.window is not None
        assert cell.label is not None
        assert cell.probabilities is not None
        crop, overlay = _cut(reader, last.photo_of(cell.photo), cell.window, cell.label, method)
        called = f"{space[cell.label].name}, {words.percent(cell.probabilities.confidence)}"
        state = {"unsure": "Unsure: ", "unlike": "Unlike its training cells: "}.get(cell.verdict or "", "")
        made.append(CellPicture(crop, overlay, (f"Cell {cell.name}", f"{state}{called}"), f"Cell {cell.name}"))
    return tuple(made)
