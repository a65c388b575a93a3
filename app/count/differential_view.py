"""The count of a smear on the page: what it says in words, the chart, the table, and what else was seen."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from app.count import differential_chart
from app.shared import alarm, charts, words
from core.differential import method, wording
from core.differential.columns import page_views
from core.reports.files import LONGEST_IDENTIFIER

if TYPE_CHECKING:
    from core.differential.counts import Differential
    from core.differential.smear import Smear

LONGEST_NAME = 80


def given(smear: "Smear") -> "Smear":
    """The smear with what a person says of it: what to call it, who asks, and the red cells that were measured."""
    with st.expander("About this smear", icon=":material/edit_note:"):
        left, middle, right = st.columns(3)
        identifier = left.text_input(
            "Call it",
            placeholder=smear.identifier,
            max_chars=LONGEST_IDENTIFIER,
            key="smear-identifier",
            help="Not the patient's name. If left empty, the smear is named after its photos.",
        )
        by = middle.text_input("Counted by", max_chars=LONGEST_NAME, key="smear-by", help="Printed on the report.")
        red_cells = right.number_input(
            "Red cells, 10¹² per litre",
            min_value=0.1,
            max_value=15.0,
            value=None,
            step=0.1,
            format="%.1f",
            key="smear-red-cells",
            help="As measured by an analyser. They make the estimate of platelets much more precise.",
        )
    return replace(smear, identifier=identifier.strip() or smear.identifier, by=by.strip(), red_cells=red_cells)


def differential_of(smear: "Smear") -> "Differential":
    """The count; remembered for as long as cells and corrections are the same."""
    return _differential(_stamp(smear), smear)


@st.cache_data(max_entries=32, show_spinner="Counting …")
def _differential(stamp: tuple[object, ...], _smear: "Smear") -> "Differential":
    from core.differential.counts import differential

    return differential(_smear)


def _stamp(smear: "Smear") -> tuple[object, ...]:
    """All that a count depends on, short of the pictures."""
    cells = [
        (
            cell.photo,
            cell.number,
            cell.counted_as,
            cell.corrected,
            cell.finer,
            cell.verdict,
            cell.detection.note,
            cell.detection.cut,
            cell.detection.kind,
            cell.repeats,
        )
        for cell in smear.cells
    ]
    models = [model.sha256 for model in smear.models]
    photos = [
        (photo.fingerprint, photo.field.scale, photo.field.micrometres_per_pixel, photo.field.single_cell)
        for photo in smear.photos
    ]
    return tuple(photos), tuple(cells), tuple(models), smear.red_cells, repr(smear.types)


def show(smear: "Smear") -> None:
    """The differential: what is wrong first, and alone where it leaves none; then chart and table."""
    count = differential_of(smear)
    alarm.show(wording.wrong_first(smear, count))
    if count.gate.shows("counts"):
        st.markdown(f"**{words.plain(wording.headline(smear, count))}**")
        _figures(smear, count)
    if besides := wording.besides(count):
        st.markdown("**Besides the white cells**")
        st.markdown("\n".join(f"- {words.plain(sentence)}" for sentence in besides))
    with st.expander("How this was counted, and its limits", icon=":material/rule:"):
        st.markdown("\n\n".join(map(words.plain, method.method_sentences(smear, count))))
        st.markdown(words.plain(method.STANDARD))
        st.markdown("\n".join(f"- {words.plain(sentence)}" for sentence in method.NOT_DONE))
    st.caption(wording.INTENDED_USE)


def _figures(smear: "Smear", count: "Differential") -> None:
    left, right = st.columns([3, 2], gap="large", vertical_alignment="center")
    figure = differential_chart.shares(count, smear.vocabulary)
    left.plotly_chart(
        figure, key="differential", config=charts.saved_as("count"), alt=differential_chart.alt(count, smear.vocabulary)
    )
    judged = count.gate.shows("open")
    bands = ", grey bands what is usual in adults" if judged else ""
    left.caption(
        f"Dots are shares of the {count.noun}s, lines their 95 % intervals{bands}. A small count has long lines."
    )
    sentences = [
        *wording.against_usual(smear, count),
        *wording.parted_sentences(smear, count),
        wording.more_sentence(count),
    ]
    right.markdown("\n".join(f"- {words.plain(sentence)}" for sentence in sentences))
    st.dataframe(table(smear, count), hide_index=True, width="stretch")
    corrected = (
        " Corrected: the model's own mistakes allowed for, with a 95 % interval; this is what is compared with what is "
        "usual."
    )
    st.caption(f"Limits: chance alone, as in Rümke's table.{corrected if judged else ''}")
    if count.parts:
        st.dataframe(parts(smear, count), hide_index=True, width="stretch", alt="One row for each type within a class.")


def parts(smear: "Smear", count: "Differential") -> pd.DataFrame:
    """One row a type that a person told apart within a class."""
    names = smear.vocabulary
    return pd.DataFrame(
        [
            {
                "Class": names[row.parent].name,
                "Type": "Not told apart" if row.key == row.parent else names[row.key].name,
                "Cells": row.cells,
                "Limits": wording.limits(row.share) if row.share else "–",
            }
            for row in count.parts
        ]
    )


def table(smear: "Smear", count: "Differential") -> pd.DataFrame:
    """One row a class, in words, as it stands in the report."""
    views = page_views(count)
    return pd.DataFrame([{view.head: view.text(row, smear.vocabulary) for view in views} for row in count.rows])
