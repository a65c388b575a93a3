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
    from core.explain.prototypes import Prototype, Prototypes
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
        known = read_prototypes(lead.folder, lead.card.sha256)
    except CheckpointError as error:
        st.caption(str(error))
        return
    features = features_of(cell, photo, reading, checkpoint)[-known.features.shape[1] :]
    nearest = {key: known.nearest(features, key, EACH) for key in words.likeliest(reading, 2)}
    st.markdown(in_short(nearest, checkpoint.space))
    for key, found in nearest.items():
        if found:
            _row(key, found, known, checkpoint.space)
    st.caption(
        f"Chosen among {len(known.rows)} training cells that stand for their kind in the eyes of "
        f"{words.plain(lead.name)}. Apart: 0 for the same features, 1 for features that have nothing in common."
    )


def in_short(nearest: "dict[str, list[Prototype]]", space: LabelSpace) -> str:
    """To which of the two classes the cell lies nearer, and by how much."""
    first, *others = [(key, found[0].distance) for key, found in nearest.items() if found] or [("", 0.0)]
    if not first[0] or not others:
        return "There are no training cells to compare it with."
    second = others[0]
    near, far = sorted((first, second), key=lambda one: one[1])
    names = [space[key].name.lower() for key, _ in (near, far)]
    told = f"The nearest {names[0]} lies {near[1]:.2f} apart, the nearest {names[1]} {far[1]:.2f}."
    if near is not first:
        return f"{told} By its looks it lies nearer to the second choice than to the first: look twice."
    return told


def _row(key: str, found: "list[Prototype]", known: "Prototypes", space: LabelSpace) -> None:
    kind = space[key]
    st.markdown(f"**{kind.name}**")
    if photos.source(known.source) is None:
        _without_photographs(kind, known.source)
        return
    with st.container(horizontal=True):
        for one in found:
            picture = photos.small(known.source, one.key, SIDE)
            finer = PBC_FINE[one.kind].name if one.kind in PBC_FINE.keys else kind.name
            with st.container(width=SIDE, gap="small"):
                if picture is not None:
                    st.image(picture, width=SIDE, alt=f"{finer}, a training cell: {one.key}.")
                st.caption(f"{finer}, {one.distance:.2f} apart")


def _without_photographs(kind: CellClass, source: str) -> None:
    """Generated cells of the class where some came along, else a drawing; in any case its definition."""
    with st.container(horizontal=True):
        for pixels, what in stand_ins(kind.key, EACH):
            with st.container(width=SIDE, gap="small"):
                st.image(pixels, width=SIDE, alt=f"{kind.name}, {what}.")
                st.caption(what.capitalize())
    st.caption(f"{kind.definition} Not the nearest training cells: {photos.how_to_get(source)}")
