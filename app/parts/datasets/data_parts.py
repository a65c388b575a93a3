"""What can be looked at in a data set, one thing at a time, since each has to be worked out."""

from collections.abc import Callable

import streamlit as st

from app.parts.datasets import (
    data,
    data_audit,
    data_averages,
    data_cleaning,
    data_colours,
    data_map,
    data_montage,
    data_views,
)
from app.parts.datasets.data import Chosen

PARTS: dict[str, Callable[[Chosen], None]] = {
    "counts": data.counts,
    "photographs": data_montage.show,
    "average": data_averages.show,
    "colours": data_colours.show,
    "augmentation": data_views.show,
    "cleaning": data_cleaning.show,
    "map": data_map.show,
    "audit": data_audit.show,
}


def show(chosen: Chosen) -> None:
    """The part that the address names, the first at first."""
    first = next(iter(PARTS))
    name = st.segmented_control("Look at", list(PARTS), default=first, required=True, key="part", bind="query-params")
    PARTS[name or first](chosen)
