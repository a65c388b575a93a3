"""Photographs of one class of a data set, page by page, always in the same order."""

from math import ceil
from pathlib import PurePosixPath

import streamlit as st

from app.data.dataset import SPLITS, Chosen
from app.shared import photos, words
from core.datasets.statistics import in_order

PAGE = 24
NAMES = {name.lower(): split for split, name in SPLITS.items()}


def show(chosen: Chosen) -> None:
    """A page of photographs of the class and split that the address names."""
    st.subheader("What do the cells look like?", anchor=False)
    if chosen.there is None:
        st.markdown("There are no photographs of this data set here to be shown; the note above says how to get them.")
        return
    kind = choose_kind(chosen)
    splits = [name for name, split in NAMES.items() if chosen.has(split)]
    named = st.segmented_control("Split", splits, default=splits[0], required=True, key="split", bind="query-params")
    split = NAMES[named or splits[0]]
    cells = chosen.there.index
    keys = in_order([str(key) for key in cells.loc[(cells["label"] == kind) & (cells["split"] == split), "key"]])
    name = chosen.space[kind].name
    if not keys:
        st.markdown(f"No {SPLITS[split].lower()} cell is of the class {name.lower()}.")
        return
    pages = ceil(len(keys) / PAGE)
    number = st.pagination(pages, key="page", bind="query-params") if pages > 1 else 1
    first = (number - 1) * PAGE
    shown = keys[first : first + PAGE]
    st.caption(
        f"{first + 1} to {first + len(shown)} of {words.count(len(keys), 'cell')}, {name.lower()}, "
        f"{SPLITS[split].lower()} split, in an order that looks random and is always the same. "
        f"{words.plain(chosen.space[kind].definition)}"
    )
    with st.container(horizontal=True, gap="small"):
        for place, key in enumerate(shown, first + 1):
            picture = photos.small(chosen.name, key)
            if picture is None:
                st.markdown(f"{words.plain(PurePosixPath(key).name)} cannot be read.")
                continue
            label = PurePosixPath(key).name
            st.image(picture, width=photos.SIDE, caption=words.plain(label), alt=f"{name}, cell {place}: {label}.")


def choose_kind(chosen: Chosen) -> str:
    """Key of the class to look at; its name is in the address."""
    names = {chosen.space[key].name: key for key in chosen.kinds or chosen.space.keys}
    name = st.selectbox("Class", list(names), key="class", bind="query-params")
    return names.get(name) or next(iter(names.values()))
