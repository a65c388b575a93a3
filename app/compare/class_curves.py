"""The parts of Compare that set one class against all others, wherever the line between them is drawn."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from app.compare import curve_charts
from app.shared import charts, load, words
from app.shared.saving import save_csv
from app.shared.scoping import Together
from core.evaluation.curves import Curve
from core.evaluation.report import SOFT_BELOW
from core.labels import CellClass, LabelSpace

if TYPE_CHECKING:
    from collections.abc import Iterator

OFTEN_MIXED_UP = "ig"
"""Shown before anybody chooses, where the models tell it: the class that is hardest for people as well."""


def choose_class(space: LabelSpace) -> CellClass:
    """The class that this part and the next talk of."""
    first = space.index(OFTEN_MIXED_UP) if OFTEN_MIXED_UP in space.keys else 0
    name = st.selectbox("Class", space.names, index=first, key="class", bind="query-params")
    return space.classes[space.names.index(name)]


def show(together: Together, styles: Mapping[str, charts.Style]) -> CellClass:
    """Both curves of the class that is chosen, which is returned, with the areas under them."""
    st.header("One class against all others", anchor=False)
    st.markdown(
        "A model gives each cell a probability for the class. The threshold decides how many cells of the class are "
        "found and how many others are taken for it; the curves show every threshold at once."
    )
    cell_class = choose_class(together.space)
    curves = {name: load.class_curve(together.predictions[name], cell_class.key) for name in together.names}
    curve = next(iter(curves.values()))
    if not 0 < curve.positives < curve.n:
        which = "no" if not curve.positives else "nothing but"
        st.info(f"Among these cells there is {which} {cell_class.name.lower()}, so there is no curve.")
        return cell_class
    soft = f" That is fewer than {SOFT_BELOW}, so read the curves with care." if curve.positives < SOFT_BELOW else ""
    st.markdown(
        f"{words.count(curve.positives, 'cell')} of {curve.n:,} {'is' if curve.positives == 1 else 'are'} of this "
        f"class.{soft} {best_ranked(curves, cell_class)}"
    )
    left, right = st.columns(2)
    with left:
        st.markdown("**ROC**: found against false alarms. The closer to the upper left corner, the better.")
        figure = curve_charts.roc(curves, styles)
        alt = f"ROC of {cell_class.name.lower()}. Areas: {_spoken(curves, 'auc')}."
        st.plotly_chart(figure, key="roc", config=charts.saved_as(f"roc-{cell_class.key}"), alt=alt)
    with right:
        st.markdown("**Precision and recall**: the share of calls that are right, against the share found.")
        figure = curve_charts.precision_recall(curves, styles)
        spoken = _spoken(curves, "average_precision")
        alt = f"Precision and recall of {cell_class.name.lower()}. Average precision: {spoken}."
        st.plotly_chart(figure, key="precision-recall", config=charts.saved_as(f"precision-{cell_class.key}"), alt=alt)
    st.caption("The axes cover the part where the curves bend, not 0 to 100 %.")
    with st.expander("The table"):
        st.dataframe(areas(curves), hide_index=True, alt="One row for each model.")
        st.caption(
            f"Brackets: 95 % intervals from the bootstrap {'by photo' if together.grouped else 'by cell'}, which is "
            "too narrow near 1 and gives none at 1. Average precision: the mean precision over all shares found; "
            f"unlike the area under ROC it depends on how common the class is, here {curve.positives / curve.n:.1%} of "
            "the cells. The file holds every point of the curves."
        )
        save_csv(f"curves-{cell_class.key}", lambda: as_csv(curves))
    return cell_class


def best_ranked(curves: Mapping[str, Curve], cell_class: CellClass) -> str:
    """Which model ranks the class best, in a sentence."""
    order = sorted(curves, key=lambda name: -curves[name].auc.value)
    best = order[0]
    first = (
        f"**{words.plain(best)}** gives {words.article(cell_class.name)} a higher probability than it gives a cell of "
        f"another class with a chance of {words.rate(curves[best].auc)}"
    )
    if len(order) == 1:
        return f"{first}."
    last = order[-1]
    return f"{first}; **{words.plain(last)}** comes last with {words.rate(curves[last].auc)}."


def _spoken(curves: Mapping[str, Curve], attribute: str) -> str:
    return "; ".join(f"{name} {words.rate(getattr(curve, attribute))}" for name, curve in curves.items())


def areas(curves: Mapping[str, Curve]) -> pd.DataFrame:
    """One row a model, the best area first."""
    order = sorted(curves, key=lambda name: -curves[name].auc.value)
    return pd.DataFrame(
        {
            "Model": name,
            "Cells of the class": curves[name].positives,
            "Other cells": curves[name].n - curves[name].positives,
            "Area under ROC": words.rate(curves[name].auc),
            "Average precision": words.rate(curves[name].average_precision),
            "Remark": f"soft: fewer than {SOFT_BELOW} cells" if curves[name].positives < SOFT_BELOW else "",
        }
        for name in order
    )


def as_csv(curves: Mapping[str, Curve]) -> str:
    """Every point of the curves with the areas beside it."""
    return pd.concat(list(_points(curves))).to_csv(index=False)


def _points(curves: Mapping[str, Curve]) -> "Iterator[pd.DataFrame]":
    for name, curve in curves.items():
        yield pd.DataFrame(
            {
                "model": name,
                "class": curve.key,
                "threshold": curve.thresholds,
                "sensitivity": curve.sensitivity,
                "false_alarms": curve.false_alarms,
                "precision": curve.precision,
                **{f"auc{end}": getattr(curve.auc, f"{end[1:] or 'value'}") for end in ("", "_low", "_high")},
                **{
                    f"average_precision{end}": getattr(curve.average_precision, f"{end[1:] or 'value'}")
                    for end in ("", "_low", "_high")
                },
            }
        )
