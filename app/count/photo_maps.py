"""Where the model found evidence: over one cell, or laid over all cells of a photo."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from app.shared import load, pictures, words
from app.shared.reading import explanations
from core.imaging.decoding import Photo
from core.imaging.windows import Box, cut

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint
    from core.differential.smear import CountedCell
    from core.explain.attribution import SaliencyMap
    from core.explain.registry import AttributionMethod

MOST = 40
"""Cells of one photo whose maps are laid over it: each costs the model a look."""

MAPS, REMEMBERED = "smear_maps", 200


@dataclass(frozen=True)
class MapStyle:
    """How maps are drawn. opacity: 0 to 1."""

    method: "AttributionMethod"
    opacity: float


def choices(model: "Checkpoint") -> MapStyle:
    """Method and opacity, behind a button; Grad-CAM comes first, since a photo has many cells."""
    first = explanations.quickest(model)
    methods = {each.title: each for each in (first, *explanations.methods(model))}
    with st.popover("How maps are drawn", icon=":material/tune:"):
        title = st.selectbox("Method", list(methods), key="method", bind="query-params")
        opacity = st.slider("Opacity of the map in percent", 0, 100, 50, 5, key="opacity", bind="query-params")
        method = methods.get(title) or next(iter(methods.values()))
        st.caption(f"{method.shows} {explanations.how_faithful(model, method.name)}")
    return MapStyle(method, opacity / 100)


def map_of(
    photo: Photo, place: str, box: Box, label: str, method: "AttributionMethod", model: "Checkpoint"
) -> "SaliencyMap":
    """The map of one cell for a class; the last ones asked for are remembered. place: names photo and cell."""
    maps = _maps()
    key = _key(place, box, label, method.name, model)
    if key not in maps:
        maps[key] = load.reader(model).explain(photo, box, method.name, label).map
        for old in list(maps)[:-REMEMBERED]:
            del maps[old]
    return maps[key]


def _maps() -> "dict[tuple[object, ...], SaliencyMap]":
    maps: dict[tuple[object, ...], SaliencyMap] = st.session_state.setdefault(MAPS, {})
    return maps


def _key(place: str, box: Box, label: str, method: str, model: "Checkpoint") -> tuple[object, ...]:
    return place, box, label, method, model.card.sha256


def maps_of(
    photo: Photo, place: str, cells: "Sequence[CountedCell]", style: MapStyle, model: "Checkpoint"
) -> "list[tuple[Box, SaliencyMap]]":
    """Windows and maps of the first MOST of the cells that were read, with progress while the model is asked."""
    read = [(f"{place}-{cell.number}", cell.window, cell.label) for cell in cells if cell.window and cell.label]
    method = style.method if style.method.quick else explanations.quickest(model)
    shown, maps = read[:MOST], []
    bar = st.empty()
    for done, (name, window, label) in enumerate(shown, 1):
        if _key(name, window, label, method.name, model) not in _maps():
            bar.progress(done / len(shown), f"Asking for its evidence, {done} of {words.count(len(shown), 'cell')} …")
        maps.append((window, map_of(photo, name, window, label, method, model)))
    bar.empty()
    if method is not style.method:
        st.caption(f"{style.method.title} is slow, so {method.title} is shown over the whole photo.")
    if len(read) > MOST:
        st.caption(f"Maps are shown for the first {MOST} of {words.count(len(read), 'cell')}.")
    return maps


def lay(picture: np.ndarray, part: Box, window: Box, values: np.ndarray, opacity: float) -> None:
    """Lay a map over its window, in place; what reaches beyond the picture is left out.

    picture: (h, w, 3) uint8 of that part of the photo. window: in the photo's pixels. values: as in SaliencyMap.
    """
    share = picture.shape[1] / part.width
    left, top = round((window.left - part.left) * share), round((window.top - part.top) * share)
    side = max(2, round(window.width * share))
    height, width = picture.shape[:2]
    x0, y0, x1, y1 = max(0, left), max(0, top), min(width, left + side), min(height, top + side)
    if x1 > x0 and y1 > y0:
        over = pictures.laid_over(cut(picture, Box(left, top, left + side, top + side), side), values, opacity)
        picture[y0:y1, x0:x1] = over[y0 - top : y1 - top, x0 - left : x1 - left]
