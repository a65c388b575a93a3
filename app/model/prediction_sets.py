"""When to believe a model: its prediction sets against the truth, and what it takes for unlike its training cells."""

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from app.model.summary import ModelResults
from app.shared import load, words
from app.shared.saving import save_csv
from core.evaluation import conformal
from core.evaluation.conformal import Coverage
from core.labels import LabelSpace

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint

METHODS = {
    "lac": "Smallest sets (LAC)",
    "aps": "Adaptive (APS)",
    "raps": "Adaptive, kept short (RAPS)",
    "by class": "A threshold a class (LAC)",
}

SAME_CELLS = (
    "Calibration and thresholds were fitted on the same validation cells that chose the model's best epoch, so the "
    "promise is not strict. What counts is what is measured here, on other cells."
)


def show(model: "Checkpoint", results: ModelResults) -> None:
    """Coverage and size of prediction sets on the chosen cells."""
    fitted = model.classifier.prediction_sets
    st.header("How often do its prediction sets hold the right class?", anchor=False)
    if fitted is None:
        st.info("No prediction sets were fitted for this model.", icon=":material/data_array:")
        return
    coverages = load.coverages(fitted, results.predictions)
    shown = coverages[conformal.SHOWN, conformal.level_name(conformal.CERTAINTY)]
    st.markdown(
        f"Of its sets of classes, 99 in a hundred should hold the right one: on {results.cells}, "
        f"{words.rate(shown.held)} do. A set holds {shown.size.value:.2f} classes on average; "
        f"{words.rate(shown.single)} of the sets name a single class, and {words.rate(shown.empty)} none."
    )
    table = sets_table(coverages)
    st.dataframe(table, hide_index=True, alt="One row for each method and promise.")
    st.caption(f"In brackets: 95 % intervals, Wilson's; for sizes by bootstrap. {SAME_CELLS}")
    with st.expander("By class, where 99 in a hundred are promised"):
        by_class = by_class_table(coverages, model.space)
        st.dataframe(by_class, hide_index=True, alt="One row for each class.")
        save_csv("prediction-sets", lambda: sets_table(coverages).to_csv(index=False))


def sets_table(coverages: dict[tuple[str, str], Coverage]) -> pd.DataFrame:
    """One row a method and level."""
    return pd.DataFrame(
        {
            "Sets": METHODS[method],
            "Promised": f"{level}{words.SPACE}%",
            "Hold the right class": words.rate(coverage.held),
            "Classes in a set": f"{coverage.size.value:.3f} ({coverage.size.low:.3f} to {coverage.size.high:.3f})",
            "One class": words.share(coverage.single),
            "Empty": words.share(coverage.empty),
        }
        for (method, level), coverage in coverages.items()
    )


def by_class_table(coverages: dict[tuple[str, str], Coverage], space: LabelSpace) -> pd.DataFrame:
    """One row a class: how often sets hold it, and how large they are, by the smallest sets and by class."""
    level = conformal.level_name(conformal.CERTAINTY)
    columns: dict[str, list[str]] = {"Class": list(space.names)}
    for method in ("lac", "by class"):
        coverage = coverages[method, level]
        columns[f"{METHODS[method]}: hold it"] = [words.rate(rate) for rate in coverage.by_class]
        columns[f"{METHODS[method]}: classes"] = [f"{size:.2f}" for size in coverage.sizes]
    return pd.DataFrame(columns)
