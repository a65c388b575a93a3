"""Photographs of the cells that a table of predictions names, where their source is on this computer."""

import io

import numpy as np
import streamlit as st
from PIL import Image

from core.datasets import Source, fetch_source, find_source, source_spec
from core.datasets.cache import framed
from core.errors import SourceError
from core.imaging.decoding import Photo

SIDE = 160
"""Side in pixels of a small picture in a gallery."""


@st.cache_resource(ttl="5m", show_spinner="Looking for photographs …")
def source(name: str) -> Source | None:
    """The data set of that name; None where it is not on this computer."""
    try:
        return find_source(name)
    except SourceError:
        return None


def how_to_get(name: str) -> str:
    """What to do for photographs to appear, in a sentence or two."""
    spec = source_spec(name)
    return (
        f"The photographs of {spec.title} are not on this computer, so only figures are shown. {spec.how_to_get} "
        "They appear here within a few minutes."
    )


def offer(name: str) -> None:
    """That photographs are missing, and a button that fetches them where that can be done, else how to get them."""
    spec = source_spec(name)
    if spec.fetch is None:
        st.info(how_to_get(name), icon=":material/photo_library:")
        return
    st.info(
        f"The photographs of {spec.title} are not on this computer, so only figures are shown. Licence: "
        f"{spec.licence}.",
        icon=":material/photo_library:",
    )
    if st.button("Fetch them from the internet", icon=":material/download:", key=f"fetch-{name}"):
        bar = st.progress(0.0, f"Fetching {spec.title} …")

        def tell(done: int, total: int) -> None:
            bar.progress(min(done / total, 1.0) if total else 0.0, f"Fetching {spec.title} …")

        fetch_source(name, tell)
        source.clear()
        st.rerun()


def photo(name: str, key: str) -> Photo | None:
    """The whole image of one row of a table; None where it is not here or cannot be read."""
    images = source(name)
    if images is None or key not in images:
        return None
    try:
        return Photo(key, images.load(key))
    except SourceError:
        return None


@st.cache_data(max_entries=4096, show_spinner=False)
def small(name: str, key: str, side: int = SIDE) -> bytes | None:
    """The framed cell of one row as a WebP of that side; None where it is not here or cannot be read."""
    images = source(name)
    if images is None or key not in images:
        return None
    try:
        pixels: np.ndarray = framed(images, key, side)
    except SourceError:
        return None
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "WEBP", quality=85)
    return file.getvalue()
