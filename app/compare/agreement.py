"""The part of Compare on where the chosen models agree and where they do not."""

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from app.shared import gallery, words
from app.shared.scoping import Together
from core.evaluation import agreement as categories
from core.evaluation.agreement import Agreement, agreement

if TYPE_CHECKING:
    from collections.abc import Sequence

MEANINGS = {
    categories.ALIKE: "All chosen models give the same wrong answer. Check the label: it may be the mistake.",
    categories.DIFFERENTLY: "No model is right, and they do not agree: hard cells, or poor pictures.",
    categories.ONE_RIGHT: "Only one model is right: it sees what the others miss.",
    categories.ONE_WRONG: "Only one model is wrong: it misses what the others see.",
    categories.MIXED: "Some models are right and some are wrong.",
}


def show(together: Together) -> None:
    """How many cells of each kind there are, and the cells of the kind that is chosen."""
    st.header("Where do they agree?", anchor=False)
    if len(together.names) < 2:
        st.caption("Choose at least two models above to see on which cells they agree.")
        return
    agreed = agreement(together.predictions)
    st.markdown(in_words(agreed))
    columns = {
        "Cells": st.column_config.NumberColumn(format="%,d", width="small"),
        "Share": st.column_config.TextColumn(width="small"),
        "Which": st.column_config.TextColumn(width="large"),
    }
    alt = "One row for each way in which models can agree or differ."
    st.dataframe(table_of(agreed), hide_index=True, column_config=columns, alt=alt)
    category = st.selectbox(
        "Cells to look at", list(MEANINGS), index=None, placeholder="choose which", key="agree", bind="query-params"
    )
    if category is None:
        return
    if not agreed.counts.get(category):
        st.info(f"There is no cell of this kind among {words.count(len(together.names), 'model')}.")
        return
    rows = [int(row) for row in agreed.of_pattern(category).index]
    st.caption(f"{MEANINGS[category]} Cells with the highest probability for a wrong class come first.")
    _pictures(rows, together, category)


def _pictures(rows: "Sequence[int]", together: Together, category: str) -> None:
    name = f"agree-{category.replace(',', '').replace(' ', '-')}"
    gallery.show(rows, together, name=name, at="agree")


def in_words(agreed: Agreement) -> str:
    """The counts as a sentence or two."""
    counts, n = agreed.counts, len(agreed.table)
    all_same_wrong = counts[categories.ALIKE]
    wrong = (
        f"On {words.count(all_same_wrong, 'cell')} they all agree and are wrong, which may point to wrong labels"
        if all_same_wrong
        else "On no cell do they all agree and are wrong"
    )
    many = "both models" if len(agreed.names) == 2 else f"all {len(agreed.names)} models"
    return (
        f"Of {words.count(n, 'cell')} {many} are right on {counts[categories.ALL_RIGHT]:,}. {wrong}; "
        f"on {counts[categories.ONE_RIGHT]:,} only one is right."
    )


def table_of(agreed: Agreement) -> pd.DataFrame:
    """Cells of each kind, and of how many a single model is the one that is right or wrong."""
    n = len(agreed.table)
    return pd.DataFrame(
        {
            "The models are": category,
            "Cells": count,
            "Share": "<0.1 %" if 0 < count < n / 2000 else f"{100 * count / n:.1f} %",
            "Which": _which(agreed, category),
        }
        for category, count in agreed.counts.items()
    )


def _which(agreed: Agreement, category: str) -> str:
    """For the categories with a single model out of line: how often it is which."""
    if category not in (categories.ONE_RIGHT, categories.ONE_WRONG):
        return ""
    rows = agreed.table[agreed.table["pattern"] == category]
    single = {
        name: int(((rows[f"predicted_{name}"] == rows["label"]) == (category == categories.ONE_RIGHT)).sum())
        for name in agreed.names
    }
    return ", ".join(f"{name} {count:,}" for name, count in sorted(single.items(), key=lambda item: -item[1]) if count)
