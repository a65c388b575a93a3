"""The pixels of a photo as a chart can hold them: no larger than a browser takes easily, with maps laid over."""

import base64
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from PIL import Image

from app.count import photo_maps
from core.imaging.windows import Box

if TYPE_CHECKING:
    from core.explain.attribution import SaliencyMap

MOST_PIXELS = 4_000_000
"""Of a picture that is sent to the browser; frames are in the photo's own pixels."""

ADDRESSES, REMEMBERED = "field_addresses", 4

Maps = Sequence[tuple[Box, "SaliencyMap"]]
"""Windows in the photo's pixels, and what to lay over them."""


def shrunk(pixels: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 with at most MOST_PIXELS."""
    height, width = pixels.shape[:2]
    share = (MOST_PIXELS / (height * width)) ** 0.5
    if share >= 1:
        return pixels
    size = max(1, int(width * share)), max(1, int(height * share))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS))


def address(pixels: np.ndarray, name: str, part: Box, maps: "Maps" = (), opacity: float = 0.5) -> str:
    """A part of a photo as a data address; the last ones are remembered. name: stands for the pixels.

    part: with whole edges, within the photo.
    """
    kept: dict[tuple[object, ...], str] = st.session_state.setdefault(ADDRESSES, {})
    key = name, part, tuple((window, hash(found.values.tobytes())) for window, found in maps), opacity if maps else None
    if key not in kept:
        left, top, right, bottom = (round(edge) for edge in part.as_tuple())
        picture = shrunk(pixels[top:bottom, left:right])
        if maps:
            picture = picture.copy()
        for window, found in maps:
            photo_maps.lay(picture, part, window, found.values, opacity)
        kept[key] = encoded(picture)
        for old in list(kept)[:-REMEMBERED]:
            del kept[old]
    return kept[key]


def encoded(pixels: np.ndarray) -> str:
    """As a data address."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "WEBP", quality=88, method=2)
    return f"data:image/webp;base64,{base64.b64encode(file.getvalue()).decode()}"
