"""The part of Compare on where the chosen models agree and where they do not."""

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from app.shared import gallery, words
from app.shared.scoping import Together
from core.evaluation import agreement as kinds
from core.evaluation.agreement import Agreement, agreement

if TYPE_CHECKING:
    from collections.abc import Sequence

MEANINGS = {
    kinds.ALIKE: "All chosen models give one and the same wrong answer. Look at the label: it may be the mistake.",
    kinds.DIFFERENTLY: "No model is right, and they do not agree: hard cells, or poor pictures.",
    kinds.ONE_RIGHT: "A single model is right: what it has, the others lack.",
    kinds.ONE_WRONG: "A single model is wrong: what the others have, it lacks.",
    kinds.MIXED: "Some models are right and some are wrong.",
}


def show(shown: Together) -> None:
    """How many cells of each kind there are, and the cells of the kind that is chosen."""
    st.subheader("Where do they agree?", anchor=False)
    if len(shown.names) < 2:
        st.caption("Choose two models or more above; then this part shows on which cells they agree.")
        return
    found = agreement(shown.predictions)
    st.markdown(in_words(found))
    columns = {
        "Cells": st.column_config.NumberColumn(format="%,d", width="small"),
        "Share": st.column_config.TextColumn(width="small"),
        "Which": st.column_config.TextColumn(width="large"),
    }
    alt = "One row for each way in which models can agree or differ."
    st.dataframe(counted(found), hide_index=True, column_config=columns, alt=alt)
    kind = st.selectbox(
        "Cells to look at", list(MEANINGS), index=None, placeholder="choose which", key="agree", bind="query-params"
    )
    if kind is None:
        return
    if not found.counts.get(kind):
        st.info(f"There is no cell of this kind among {words.count(len(shown.names), 'model')}.")
        return
    rows = [int(row) for row in found.of_kind(kind).index]
    st.caption(f"{MEANINGS[kind]} First come the cells to which wrong classes were given the most.")
    _pictures(rows, shown, kind)


def _pictures(rows: "Sequence[int]", shown: Together, kind: str) -> None:
    name = f"agree-{kind.replace(',', '').replace(' ', '-')}"
    gallery.show(rows, shown, name=name, at="agree")


def in_words(found: Agreement) -> str:
    """The counts as a sentence or two."""
    counts, n = found.counts, len(found.table)
    alike = counts[kinds.ALIKE]
    wrong = (
        f"On {words.count(alike, 'cell')} they all agree and are wrong, which may be wrong labels"
        if alike
        else "On no cell do they all agree and are wrong"
    )
    many = "both models" if len(found.names) == 2 else f"all {len(found.names)} models"
    return (
        f"Of {words.count(n, 'cell')} {many} are right on {counts[kinds.ALL_RIGHT]:,}. {wrong}; "
        f"on {counts[kinds.ONE_RIGHT]:,} only one is right."
    )


def counted(found: Agreement) -> pd.DataFrame:
    """Cells of each kind, and of how many a single model is the one that is right or wrong."""
    n = len(found.table)
    return pd.DataFrame(
        {
            "The models are": kind,
            "Cells": count,
            "Share": "<0.1 %" if 0 < count < n / 2000 else f"{100 * count / n:.1f} %",
            "Which": _which(found, kind),
        }
        for kind, count in found.counts.items()
    )


def _which(found: Agreement, kind: str) -> str:
    """For the kinds with a single model out of line: how often it is which."""
    if kind not in (kinds.ONE_RIGHT, kinds.ONE_WRONG):
        return ""
    rows = found.table[found.table["kind"] == kind]
    single = {
        name: int(((rows[f"said_{name}"] == rows["label"]) == (kind == kinds.ONE_RIGHT)).sum()) for name in found.names
    }
    return ", ".join(f"{name} {count:,}" for name, count in sorted(single.items(), key=lambda one: -one[1]) if count)
