"""What the audit of a data set says of one of its images, in a line beside it wherever it is shown."""

from pathlib import PurePosixPath

import streamlit as st

from app.shared import load, words
from core.datasets.audit.remarks import AuditRemark, read_remarks
from core.datasets.audit.summary import path_of
from core.errors import SourceError
from core.labels import LabelSpace

SPLITS = {"train": "training", "val": "validation", "test": "test"}


def of(source: str) -> dict[str, AuditRemark]:
    """By key of the image; empty where no audit is kept or it is damaged, which the page Data says."""
    return _read(source, load.states_of([path_of(source)]))


@st.cache_data(max_entries=32, show_spinner=False)
def _read(source: str, state: tuple[tuple[str, int, int], ...]) -> dict[str, AuditRemark]:
    try:
        return read_remarks(source)
    except SourceError:
        return {}


def show(source: str, key: str, space: LabelSpace) -> None:
    """The line of one image; nothing where the audit has nothing against it."""
    remark = of(source).get(key)
    if remark is not None:
        st.caption(f":material/flag: {words.plain(in_words(remark, space))}")


def in_words(remark: AuditRemark, space: LabelSpace) -> str:
    """The remark as a sentence for each thing that is said."""
    sentences = [f"The audit doubts this label: {_name(remark.likelier, space)} is likelier."] * bool(remark.likelier)
    sentences += [
        f"The same cell has another label as {_file(file)}: {_name(label, space)}."
        for file, label in remark.other_labels
    ]
    sentences += [
        f"It is there once more as {_file(file)}{f', among the {SPLITS.get(split, split)} cells' if split else ''}."
        for file, split in remark.copies
    ]
    return " ".join(sentences)


def _name(key: str, space: LabelSpace) -> str:
    return space[key].name.lower() if key in space.keys else key


def _file(key: str) -> str:
    return PurePosixPath(key).name
