"""How often a model's prediction sets hold the right class in each laboratory, learned from or not."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from app.shared import alarm, load, words
from core.datasets import source_spec
from core.datasets.laboratories import LABORATORIES
from core.errors import CheckpointError
from core.evaluation import conformal
from core.evaluation.laboratory_sets import LaboratoryCoverage, cross_fitted_coverage, set_coverage
from core.evaluation.results.left_out import left_out_predictions
from core.evaluation.strangers import pooled
from core.settings import records_folder
from core.wording import portion

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint

Coverages = Mapping[str, LaboratoryCoverage]
SIZES: Mapping[str, tuple[int, ...]] = {"Empty": (0,), "One class": (1,), "Two": (2,), "More": tuple(range(3, 99))}
"""How sets are counted together; with more than two classes Read says "unsure"."""


def show(model: "Checkpoint") -> None:
    """Of every laboratory in its table; and of laboratories left out, where its doubt was fitted on them."""
    if model.classifier.prediction_sets is None:
        return
    st.header("And in each laboratory, where 99 in a hundred are promised?", anchor=False)
    st.dataframe(table(of_model(model), model.card.learned_from), hide_index=True, alt="One row for each laboratory.")
    st.caption(
        "Test cells. What is promised for cells like those that thresholds were fitted on need not hold for those "
        "of another laboratory. In brackets: 95 % intervals that draw whole slides, videos, days and photos."
    )
    run = str(model.card.recipe.get("calibration_folds", ""))
    if not run:
        return
    try:
        left_out = _left_out(run, _changed(run))
    except CheckpointError as error:
        alarm.show([str(error)])
        return
    st.markdown(
        "**Laboratories left out in turn**, each read by a network of the same recipe that never saw it; "
        "temperature and thresholds are fitted on the other laboratories."
    )
    st.dataframe(table(left_out, ()), hide_index=True, alt="One row for each laboratory left out.")


def of_model(model: "Checkpoint") -> dict[str, LaboratoryCoverage]:
    """By source, coverage on the test cells that the model's table has of it."""
    fitted, predictions = model.classifier.prediction_sets, model.predictions()
    if fitted is None:
        return {}
    limits = conformal.read_limits(fitted.thresholds[conformal.SHOWN][conformal.level_name(conformal.CERTAINTY)])
    tested = predictions.table.loc[predictions.table["split"] == "test", "source"]
    sources = [name for name in dict.fromkeys([model.card.trained.source, *LABORATORIES]) if name in set(tested)]
    return {name: set_coverage(pooled([predictions.select(source=name, split="test")]), limits) for name in sources}


def table(coverages: Coverages, learned: tuple[str, ...]) -> pd.DataFrame:
    """One row a laboratory, in words. learned: sources that the model learned from."""
    return pd.DataFrame(
        {
            "Laboratory": source_spec(lab).short,
            "Learned from it": "yes" if lab in learned else "no",
            "Cells": f"{one.n:,}",
            "Hold the right class": words.rate(one.held),
            "Classes in a set": f"{one.size.value:.2f} ({one.size.low:.2f} to {one.size.high:.2f})",
            **{
                name if name == "Empty" else f"{name}, and hold it": _of_size(one, sizes)
                for name, sizes in SIZES.items()
            },
        }
        for lab, one in coverages.items()
    )


def _of_size(coverage: LaboratoryCoverage, sizes: tuple[int, ...]) -> str:
    """ "12 %, 95 %": how many of the sets are of these sizes, and how many of those hold the right class."""
    rates = [rate for size, rate in coverage.by_size.items() if size in sizes]
    n = sum(rate.n for rate in rates)
    if not n:
        return "none"
    held = sum(rate.n * rate.value for rate in rates) / n
    share = portion(n / coverage.n)
    return share if sizes == (0,) else f"{share}, {portion(held)}"


def _changed(run: str) -> tuple[tuple[str, int, int], ...]:
    experiment, _, name = run.partition("/")
    return load.states_of(sorted((records_folder() / experiment).glob(f"{name}-without-*/*")))


@st.cache_data(max_entries=8, show_spinner=False)
def _left_out(run: str, changed: tuple[tuple[str, int, int], ...]) -> dict[str, LaboratoryCoverage]:
    return cross_fitted_coverage({lab: pooled([one]) for lab, one in left_out_predictions(run).items()})
