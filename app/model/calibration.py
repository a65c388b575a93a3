"""Whether a model is right as often as it claims."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from app.model.summary import ModelResults
from app.shared import charts, glossary, load, words
from app.shared.figures import interval_charts
from app.shared.saving import save_csv
from core.evaluation.reliability import Bin, reliability

if TYPE_CHECKING:
    pass


def show(results: ModelResults, style: charts.Style) -> None:
    """Whether its confidence is true to its word."""
    p, truth = results.predictions.probabilities, results.predictions.labels
    bins = reliability(p, truth)
    st.subheader("Is its confidence true to its word?", anchor=False)
    st.markdown(f"{calibration_in_words(bins)} This is called {glossary.link('calibration')}.")
    left, right = st.columns([3, 2], gap="large")
    with left:
        told_bins = "; ".join(f"stated {words.percent(one.confidence)}, right {words.rate(one.right)}" for one in bins)
        figure, config = interval_charts.reliability(bins, style), charts.saved_as("calibration")
        alt = f"Share of right answers by stated confidence. {told_bins}."
        st.plotly_chart(figure, key="calibration", config=config, alt=alt)
        st.caption(
            "Each mark: as many cells as every other, the least sure first. On the dotted line all is as stated."
        )
    with right:
        measured = load.calibration(results.predictions)
        st.metric("Calibration error (ECE)", f"{100 * measured.ece.value:.2f}{words.SPACE}%")
        st.metric("Brier score", f"{measured.brier.value:.4f}", help="0 is perfect, 2 is the worst there can be.")
        st.metric("Negative log-likelihood", f"{measured.likelihood.value:.4f}", help="In nats; 0 is perfect.")
        st.caption(
            f"Of all three, less is better. 95 % bootstrap intervals: {100 * measured.ece.low:.2f} to "
            f"{100 * measured.ece.high:.2f} %, {measured.brier.low:.4f} to {measured.brier.high:.4f}, "
            f"{measured.likelihood.low:.4f} to {measured.likelihood.high:.4f}. Drawing cells anew adds noise to each "
            "bin, so the first interval lies too high."
        )
    with st.expander("The table"):
        table = bins_table(bins)
        st.dataframe(table, hide_index=True, alt="One row for each group of cells, the least sure first.")
        save_csv("calibration", lambda: table.to_csv(index=False))


def calibration_in_words(bins: Sequence[Bin]) -> str:
    """Whether it promises too much or too little, over all cells."""
    n = sum(one.n for one in bins)
    stated = sum(one.confidence * one.n for one in bins) / n
    right = sum(one.right.value * one.n for one in bins) / n
    gap = 100 * (stated - right)
    told = f"On average it states {100 * stated:.1f}{words.SPACE}% and is right on {100 * right:.1f}{words.SPACE}%"
    if abs(gap) < 0.5:
        return f"{told}: it promises neither too much nor too little."
    return f"{told}: it promises {abs(gap):.1f} points too {'much' if gap > 0 else 'little'}."


def bins_table(bins: Sequence[Bin]) -> pd.DataFrame:
    """Plain numbers, from 0 to 1."""
    return pd.DataFrame(
        {
            "Stated, mean": one.confidence,
            "from": one.lowest,
            "to": one.highest,
            "Cells": one.n,
            "Right": one.right.value,
            "Low": one.right.low,
            "High": one.right.high,
        }
        for one in bins
    )
