"""What can be looked at in a data set, one thing at a time, since each has to be worked out."""

from collections.abc import Callable

import streamlit as st

from app.data import audit, augmentation, averages, cell_map, cleaning, colours, counts, photographs
from app.data.dataset import ChosenDataset

PARTS: dict[str, Callable[[ChosenDataset], None]] = {
    "counts": counts.show,
    "photographs": photographs.show,
    "average": averages.show,
    "colours": colours.show,
    "augmentation": augmentation.show,
    "cleaning": cleaning.show,
    "map": cell_map.show,
    "audit": audit.show,
}


def show(dataset: ChosenDataset) -> None:
    """The part that the address names, the first at first."""
    first = next(iter(PARTS))
    name = st.segmented_control("Look at", list(PARTS), default=first, required=True, key="part", bind="query-params")
    PARTS[name or first](dataset)
