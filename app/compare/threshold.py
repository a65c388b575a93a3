"""The part of Compare on the operating point: from which probability on to call a cell a class."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import streamlit as st

from app.compare import curve_charts
from app.shared import charts, load, words
from app.shared.saving import save_csv
from app.shared.scoping import Together
from core.evaluation.intervals import Interval, Rate
from core.evaluation.operating_points import POINT_METRICS, OperatingPoint, operate
from core.evaluation.report import SOFT_BELOW
from core.labels import CellClass

THRESHOLDS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 98, 99, 99.5, 99.8, 99.9)
"""In percent; close together at both ends, where sure models have most of their cells."""

USUAL_THRESHOLD = 50.0
USUAL_PREVALENCE = 2.0
"""Percent of cells that are of the class, before anybody says how many there are where the model is used."""

OF = 1000
"""Cells of which the sentence tells."""


def show(together: Together, cell_class: CellClass, styles: Mapping[str, charts.Style]) -> None:
    """A threshold to move, and what follows for cells where the class is as common as is said."""
    class_name = cell_class.name.lower()
    st.header(f"When should a cell be called {words.article(class_name)}?", anchor=False)
    st.markdown(
        "Instead of taking the likeliest class, call a cell of this class whenever its probability reaches the "
        "threshold. A low threshold finds more; a high one raises fewer false alarms. Choose it on validation cells "
        "and read off the figures on test cells: a threshold chosen on test cells flatters the model."
    )
    name, threshold, prevalence = _choices(together, class_name)
    predictions = together.predictions[name]
    point = operate(predictions, cell_class.key, threshold / 100, prevalence / 100)
    if not point.tp + point.fn or not point.fp + point.tn:
        st.info(f"These cells cannot show whether {words.plain(name)} tells {class_name}s from others.")
        return
    st.markdown(f"### {in_words(f'**{words.plain(name)}**', point, cell_class)}")
    if point.tp + point.fn < SOFT_BELOW:
        st.caption(
            f"Only {words.count(point.tp + point.fn, 'cell')} here are of this class, so read the figures with care."
        )
    st.dataframe(table_of(point), hide_index=True, alt="One row for each figure at this threshold.")
    left, right = st.columns(2)
    with left:
        curve = load.class_curve(predictions, cell_class.key)
        figure = curve_charts.roc({name: curve}, styles, point)
        alt = (
            f"ROC of {class_name} for {name}, and on it the threshold: found {words.rate(point.sensitivity)}, "
            f"false alarms {_percent(1 - point.specificity.value)}."
        )
        st.plotly_chart(figure, key="point", config=charts.saved_as(f"threshold-{name}-{cell_class.key}"), alt=alt)
    with right:
        st.caption(
            "The mark is the threshold on the model's ROC curve; the lines through it are 95 % intervals. Sensitivity "
            "and specificity have Wilson's intervals. Predictive values follow from Bayes' rule at the given share, "
            "which is taken as exact, with intervals from 20,000 draws of both rates (Jeffreys' distributions). They "
            "hold only for cells like these."
        )
        save_csv(f"threshold-{name}-{cell_class.key}", lambda: as_csv(name, point))


def _choices(together: Together, class_name: str) -> tuple[str, float, float]:
    """The model, the threshold and the share of cells that are of the class, both in percent."""
    left, middle, right = st.columns(3)
    name = left.selectbox("Model", together.names, key="model", bind="query-params")
    threshold = middle.select_slider(
        "Threshold, in percent",
        THRESHOLDS,
        value=USUAL_THRESHOLD,
        format_func=_written,
        key="threshold",
        bind="query-params",
        help="The least probability that the model must give to the class.",
    )
    prevalence = right.number_input(
        f"Cells that are {class_name}s, in percent",
        min_value=0.01,
        max_value=99.99,
        value=USUAL_PREVALENCE,
        step=0.5,
        format="%.2f",
        key="prevalence",
        bind="query-params",
        help="Where the model would be used. This decides what an answer is worth.",
    )
    return name, float(threshold), float(prevalence)


def _written(percent: float) -> str:
    """As the slider and the address have it."""
    return f"{percent:g}"


def in_words(name: str, point: OperatingPoint, cell_class: CellClass) -> str:
    """What happens to a thousand cells."""
    class_name = cell_class.name.lower()
    of_class = OF * point.prevalence
    found = of_class * point.sensitivity.value
    alarms = (OF - of_class) * (1 - point.specificity.value)
    sentence = (
        f"Of {OF:,} cells of which {_cells(of_class)} {_is(of_class)} {class_name}s, {name} calls "
        f"{_cells(found + alarms)} so: {_cells(found)} rightly and {_cells(alarms)} wrongly. It misses "
        f"{_cells(of_class - found)}."
    )
    if np.isnan(point.ppv.value):
        return f"{sentence} It calls none of these cells so."
    return f"{sentence} A cell called so is {words.article(class_name)} with a probability of {words.rate(point.ppv)}."


def _is(number: float) -> str:
    return "is" if _cells(number) == "1" else "are"


def _cells(number: float) -> str:
    """ "121", "2.4", "0", "fewer than 0.1"."""
    if number >= 99.95 or abs(number - round(number)) < 1e-9:
        return f"{number:,.0f}"
    return f"{number:.1f}" if number >= 0.05 else "fewer than 0.1"


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %"


def table_of(point: OperatingPoint) -> pd.DataFrame:
    """The four figures with intervals and what they are; the rates with the cells they rest on."""
    counts = {
        "sensitivity": f"{point.tp:,} of {point.tp + point.fn:,}",
        "specificity": f"{point.tn:,} of {point.tn + point.fp:,}",
    }
    return pd.DataFrame(
        {
            "Figure": metric.title,
            "Value": words.rate(getattr(point, metric.name)),
            "Cells": counts.get(metric.name, f"at {100 * point.prevalence:g} %"),
            "Meaning": metric.meaning,
        }
        for metric in POINT_METRICS
    )


def as_csv(name: str, point: OperatingPoint) -> str:
    """One row with everything as plain numbers."""
    row: dict[str, object] = {
        "model": name,
        "class": point.key,
        "threshold": point.threshold,
        "prevalence": point.prevalence,
        **{count: getattr(point, count) for count in ("tp", "fp", "fn", "tn")},
    }
    for metric in POINT_METRICS:
        figure: Rate | Interval = getattr(point, metric.name)
        row |= {metric.name: figure.value, f"{metric.name}_low": figure.low, f"{metric.name}_high": figure.high}
    return pd.DataFrame([row]).to_csv(index=False)
