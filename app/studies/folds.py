"""How much a recipe's figures depend on which cells it learns from: mean and spread over folds."""

import math

import pandas as pd
import streamlit as st

from app.shared import charts, words
from app.shared.saving import save_csv
from app.studies import tuning_charts
from core.evaluation.intervals import wilson
from core.evaluation.metrics.registry import shown_in
from core.evaluation.results.folds import CrossValidation, cross_validation


def shown() -> dict[str, str]:
    """Metric -> title: accuracy, then the means over the classes in the order in which classes have them.

    Sensitivity, as a mean over classes, is balanced accuracy, so that is not shown a second time.
    """
    metrics = [metric for metric in shown_in("folds").values() if not metric.same_as]
    metrics.sort(key=lambda metric: metric.mean_of.order if metric.mean_of else 0)
    return {metric.name: metric.title for metric in metrics}


def show(recipe: str) -> None:
    """One recipe's folds; how to run them where they have not been run."""
    st.header(f"Does {words.plain(recipe)} depend on the split?", anchor=False)
    results = cross_validation(recipe)
    if results is None:
        st.info(
            f"No cross-validation of this recipe is recorded here. The command `python -m core crossval {recipe}` does "
            "so, without looking at test cells.",
            icon=":material/model_training:",
        )
        return
    st.markdown(in_words(results))
    st.markdown(meaning(results))
    st.markdown("Each dot is a fold; the upright stroke is the mean of the folds.")
    st.plotly_chart(
        tuning_charts.fold_dots(results, shown()), key=f"folds-{recipe}", config=charts.STILL, alt=spoken(results)
    )
    with st.expander("The table"):
        st.dataframe(table(results), hide_index=True, alt="One row for each fold, then mean and standard deviation.")
        st.caption(
            "The accuracy of a fold has its 95 % interval. Sensitivity, precision and F1 are means over the classes, "
            "with equal weight for each; mean sensitivity is also called balanced accuracy."
        )
        save_csv(f"crossval-{recipe}", results.folds.to_csv(index=False))
    st.caption(about(results))


def in_words(results: CrossValidation) -> str:
    """ "Over 5 folds it is right on 93.1 ± 0.4 % …" """
    figures = {name: spread(results, name) for name in shown()}
    return (
        f"**Over {words.count(len(results.folds), 'fold')} it is right on {figures['accuracy']} of cells that it was "
        f"not trained on** (mean ± standard deviation between folds; {int(results.folds['n'].sum()):,} cells in all). "
        f"Mean over the classes: sensitivity {figures['recall']}, precision {figures['precision']}, F1 {figures['f1']}."
    )


def spread(results: CrossValidation, name: str) -> str:
    """ "93.1 ± 0.4 %", in as many digits as the spread deserves."""
    mean, sd = 100 * results.mean[name], 100 * results.sd[name]
    if math.isnan(sd):
        return f"{mean:.1f}{words.SPACE}%"
    digits = 1 if sd >= 0.1 else 2
    return f"{mean:.{digits}f} ± {sd:.{digits}f}{words.SPACE}%"


def meaning(results: CrossValidation) -> str:
    """What the spread says, and why test is not in it."""
    accuracies = results.folds["accuracy"]
    return (
        f"The choice of training cells moved its accuracy between {100 * accuracies.min():.1f} and "
        f"{100 * accuracies.max():.1f}{words.SPACE}%: smaller differences between two models mean little. Test cells "
        "are in no fold, since cells that helped to choose a model can no longer test it."
    )


def spoken(results: CrossValidation) -> str:
    """Every dot as text."""
    parts = [
        f"{label}: {', '.join(f'{100 * value:.1f} %' for value in results.folds[name])}"
        for name, label in shown().items()
    ]
    return f"Figures of each fold, in order. {'; '.join(parts)}."


def table(results: CrossValidation) -> pd.DataFrame:
    """One row a fold, then mean and standard deviation."""
    rows = []
    for _, fold in results.folds.iterrows():
        n = int(fold["n"])
        others = {label: f"{100 * fold[name]:.1f}{words.SPACE}%" for name, label in shown().items()}
        rate = words.rate(wilson(round(fold["accuracy"] * n), n))
        rows.append({"Fold": f"{fold['fold']:.0f}", "Cells": f"{n:,}"} | others | {"Accuracy": rate})
    total = f"{int(results.folds['n'].sum()):,}"
    rows.append(
        {"Fold": "mean ± sd", "Cells": total} | {label: spread(results, name) for name, label in shown().items()}
    )
    return pd.DataFrame(rows)


def about(results: CrossValidation) -> str:
    """How the folds were made."""
    facts = results.facts
    return words.plain(
        f"{facts.note} Folds share training cells, so the spread says less than that of repeated experiments would. "
        f"Each model was trained on about {facts.counts['train']:,} images of {facts.source}."
    )
