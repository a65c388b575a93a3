"""Photographs of one class of a data set, page by page, always in the same order."""

from math import ceil
from pathlib import PurePosixPath

import streamlit as st

from app.data.dataset import SPLITS, ChosenDataset
from app.shared import photos, remarks, words
from core.datasets.statistics import stable_shuffle

PAGE = 24
NAMES = {name.lower(): split for split, name in SPLITS.items()}


def show(dataset: ChosenDataset) -> None:
    """A page of photographs of the class and split that the address names."""
    st.header("What do the cells look like?", anchor=False)
    if dataset.source is None:
        st.markdown("The photographs of this data set are not here; the note above says how to get them.")
        return
    cell_class = choose_class(dataset)
    splits = [name for name, split in NAMES.items() if dataset.has(split)]
    split_name = st.segmented_control(
        "Split", splits, default=splits[0], required=True, key="split", bind="query-params"
    )
    split = NAMES[split_name or splits[0]]
    cells = dataset.source.index
    keys = stable_shuffle(
        [str(key) for key in cells.loc[(cells["label"] == cell_class) & (cells["split"] == split), "key"]]
    )
    name = dataset.space[cell_class].name
    if not keys:
        st.markdown(f"There is no {SPLITS[split].lower()} cell of the class {name.lower()}.")
        return
    pages = ceil(len(keys) / PAGE)
    number = st.pagination(pages, key="page", bind="query-params") if pages > 1 else 1
    first = (number - 1) * PAGE
    page_keys = keys[first : first + PAGE]
    st.caption(
        f"{first + 1} to {first + len(page_keys)} of {words.count(len(keys), 'cell')}, {name.lower()}, "
        f"{SPLITS[split].lower()} split, in an order that looks random and is always the same. "
        f"{words.plain(dataset.space[cell_class].definition)}"
    )
    with st.container(horizontal=True, gap="small"):
        for place, key in enumerate(page_keys, first + 1):
            picture = photos.small(dataset.name, key)
            if picture is None:
                st.markdown(f"{words.plain(PurePosixPath(key).name)} cannot be read.")
                continue
            label = PurePosixPath(key).name
            with st.container(width=photos.SIDE, gap="xsmall"):
                st.image(picture, width=photos.SIDE, caption=words.plain(label), alt=f"{name}, cell {place}: {label}.")
                remarks.show(dataset.name, key, dataset.space)


def choose_class(dataset: ChosenDataset) -> str:
    """Key of the class to look at; its name is in the address."""
    names = {dataset.space[key].name: key for key in dataset.classes or dataset.space.keys}
    name = st.selectbox("Class", list(names), key="class", bind="query-params")
    return names.get(name) or next(iter(names.values()))
