""" "Looks like these": the training cells that lie nearest to a cell, of the class that is named and of the next."""

from typing import TYPE_CHECKING

import streamlit as st

from app.shared import photos, words
from app.shared.examples import stand_ins
from core.errors import CheckpointError
from core.imaging.decoding import Photo
from core.labels import PBC_FINE, CellClass, LabelSpace

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint
    from core.explain.prototypes import Prototype
    from core.inference.reader import Reading

EACH = 4
SIDE = 112


def show(cell: str, photo: Photo, reading: "Reading", checkpoint: "Checkpoint") -> None:
    """An expander with two rows of pictures; nothing where the model has no prototypes."""
    from core.explain.prototypes import has_prototypes

    if not has_prototypes(checkpoint.lead.folder):
        return
    with st.expander("Which training cells look like it?"):
        if not st.toggle("Show them", key="alike", bind="query-params"):
            return
        _rows(cell, photo, reading, checkpoint)


def _rows(cell: str, photo: Photo, reading: "Reading", checkpoint: "Checkpoint") -> None:
    from app.shared.reading.morphology import features_of
    from core.explain.prototypes import read_prototypes

    lead = checkpoint.lead
    try:
        prototypes = read_prototypes(lead.folder, lead.card.sha256)
    except CheckpointError as error:
        st.caption(str(error))
        return
    features = features_of(cell, photo, reading, checkpoint)[-prototypes.features.shape[1] :]
    nearest = {key: prototypes.nearest(features, key, EACH) for key in words.likeliest(reading, 2)}
    st.markdown(in_short(nearest, checkpoint.space))
    for key, neighbours in nearest.items():
        if neighbours:
            _row(checkpoint.space[key], neighbours, prototypes.source)
    st.caption(
        f"Chosen among {len(prototypes.rows)} training cells that are typical of their class to "
        f"{words.plain(lead.name)}. Distances: 0 for the same features, 1 for features with nothing in common."
    )


def in_short(nearest: "dict[str, list[Prototype]]", space: LabelSpace) -> str:
    """To which of the two classes the cell lies nearer, and by how much."""
    distances = [(neighbours[0].distance, key) for key, neighbours in nearest.items() if neighbours]
    if len(distances) < 2:
        return "There are no training cells to compare it with."
    first, second = distances
    near, far = (second, first) if second[0] < first[0] else (first, second)
    names = [space[key].name.lower() for _, key in (near, far)]
    text = f"The nearest {names[0]} is {near[0]:.2f} away, the nearest {names[1]} {far[0]:.2f}."
    if near is not first:
        return f"{text} It looks more like the second choice than like the first: look twice."
    return text


def _row(cell_class: CellClass, neighbours: "list[Prototype]", source: str) -> None:
    st.markdown(f"**{cell_class.name}**")
    if photos.source(source) is None:
        _without_photographs(cell_class, source)
        return
    with st.container(horizontal=True):
        for neighbour in neighbours:
            picture = photos.small(source, neighbour.key, SIDE)
            name = PBC_FINE[neighbour.subtype].name if neighbour.subtype in PBC_FINE.keys else cell_class.name
            with st.container(width=SIDE, gap="small"):
                if picture is not None:
                    st.image(picture, width=SIDE, alt=f"{name}, a training cell: {neighbour.key}.")
                st.caption(f"{name}, {neighbour.distance:.2f} away")


def _without_photographs(cell_class: CellClass, source: str) -> None:
    """Generated cells of the class where some came along, else a drawing; in any case its definition."""
    with st.container(horizontal=True):
        for pixels, what in stand_ins(cell_class.key, EACH):
            with st.container(width=SIDE, gap="small"):
                st.image(pixels, width=SIDE, alt=f"{cell_class.name}, {what}.")
                st.caption(what.capitalize())
    st.caption(f"{cell_class.definition} Not the nearest training cells: {photos.how_to_get(source)}")
