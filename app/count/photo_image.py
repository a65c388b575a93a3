"""The pixels of a photo as a chart can hold them: no larger than a browser takes easily, with maps laid over."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, eq=False)
class Overlays:
    """A photo and the maps to lay over it. pixels: (H, W, 3) uint8. maps: each over its window in the photo's pixels.

    opacity: of the maps, 0 to 1.
    """

    pixels: np.ndarray
    maps: Sequence[tuple[Box, "SaliencyMap"]] = ()
    opacity: float = 0.5

    @property
    def is_large(self) -> bool:
        """Whether the browser gets the photo smaller than it is."""
        return self.pixels.shape[0] * self.pixels.shape[1] > MOST_PIXELS

    def key(self) -> tuple[object, ...]:
        """The same for the same maps at the same opacity, whatever the photo."""
        prints = tuple((window, hash(saliency.values.tobytes())) for window, saliency in self.maps)
        return prints, self.opacity if self.maps else None


def shrunk(pixels: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 with at most MOST_PIXELS."""
    height, width = pixels.shape[:2]
    share = (MOST_PIXELS / (height * width)) ** 0.5
    if share >= 1:
        return pixels
    size = max(1, int(width * share)), max(1, int(height * share))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS))


def address(overlays: Overlays, name: str, part: Box) -> str:
    """A part of a photo as a data address; the last ones are remembered. name: stands for the pixels.

    part: with whole edges, within the photo.
    """
    addresses: dict[tuple[object, ...], str] = st.session_state.setdefault(ADDRESSES, {})
    key = name, part, *overlays.key()
    if key not in addresses:
        left, top, right, bottom = (round(edge) for edge in part.as_tuple())
        picture = shrunk(overlays.pixels[top:bottom, left:right])
        if overlays.maps:
            picture = picture.copy()
        for window, saliency in overlays.maps:
            photo_maps.lay(picture, part, window, saliency.values, overlays.opacity)
        addresses[key] = encoded(picture)
        for old in list(addresses)[:-REMEMBERED]:
            del addresses[old]
    return addresses[key]


def encoded(pixels: np.ndarray) -> str:
    """As a data address."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "WEBP", quality=88, method=2)
    return f"data:image/webp;base64,{base64.b64encode(file.getvalue()).decode()}"
