"""Whether a model is right as often as it claims."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from app.model.summary import ModelResults
from app.shared import charts, glossary, load, words
from app.shared.figures import interval_charts
from app.shared.saving import save_csv
from core.evaluation.reliability import Bin, reliability


def show(results: ModelResults, style: charts.Style) -> None:
    """Whether its confidence is true to its word."""
    p, truth = results.predictions.probabilities, results.predictions.labels
    bins = reliability(p, truth)
    st.header("Is it right as often as it claims?", anchor=False)
    st.markdown(f"{calibration_in_words(bins)} This is called {glossary.link('calibration')}.")
    left, right = st.columns([3, 2], gap="large")
    with left:
        spoken = "; ".join(f"stated {words.percent(bin_.confidence)}, right {words.rate(bin_.right)}" for bin_ in bins)
        figure, config = interval_charts.reliability(bins, style), charts.saved_as("calibration")
        alt = f"Share of right answers by stated confidence. {spoken}."
        st.plotly_chart(figure, key="calibration", config=config, alt=alt)
        st.caption(
            "Every mark stands for the same number of cells, the least sure first. On the dotted line the model is "
            "right as often as it claims."
        )
    with right:
        quality = load.calibration(results.predictions)
        st.metric("Calibration error (ECE)", f"{100 * quality.ece.value:.2f}{words.SPACE}%")
        st.metric("Brier score", f"{quality.brier.value:.4f}", help="0 is perfect, 2 the worst possible.")
        st.metric("Negative log-likelihood", f"{quality.likelihood.value:.4f}", help="In nats; 0 is perfect.")
        st.caption(
            f"For all three, less is better. 95 % bootstrap intervals: {100 * quality.ece.low:.2f} to "
            f"{100 * quality.ece.high:.2f} %, {quality.brier.low:.4f} to {quality.brier.high:.4f}, "
            f"{quality.likelihood.low:.4f} to {quality.likelihood.high:.4f}. Resampling adds noise to each bin, so the "
            "first interval lies too high."
        )
    with st.expander("The table"):
        table = bins_table(bins)
        st.dataframe(table, hide_index=True, alt="One row for each group of cells, the least sure first.")
        save_csv("calibration", lambda: table.to_csv(index=False))


def calibration_in_words(bins: Sequence[Bin]) -> str:
    """Whether it promises too much or too little, over all cells."""
    n = sum(bin_.n for bin_ in bins)
    stated = sum(bin_.confidence * bin_.n for bin_ in bins) / n
    right = sum(bin_.right.value * bin_.n for bin_ in bins) / n
    gap = 100 * (stated - right)
    sentence = f"On average it claims {100 * stated:.1f}{words.SPACE}% and is right in {100 * right:.1f}{words.SPACE}%"
    if abs(gap) < 0.5:
        return f"{sentence}: it claims neither too much nor too little."
    return f"{sentence}: it claims {abs(gap):.1f} points too {'much' if gap > 0 else 'little'}."


def bins_table(bins: Sequence[Bin]) -> pd.DataFrame:
    """Plain numbers, from 0 to 1."""
    return pd.DataFrame(
        {
            "Stated, mean": bin_.confidence,
            "from": bin_.lowest,
            "to": bin_.highest,
            "Cells": bin_.n,
            "Right": bin_.right.value,
            "Low": bin_.right.low,
            "High": bin_.right.high,
        }
        for bin_ in bins
    )
