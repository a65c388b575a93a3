"""What cleaning and balancing did to the counts of a data set."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from app.data.dataset import SPLITS, ChosenDataset
from app.shared import words
from app.shared.figures import studies
from app.shared.saving import save_csv
from core.experiments.studies import STUDIES

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint

BALANCES = {
    "none": "takes the training cells as they come, so that common classes count for more",
    "loss": "gives rare classes more weight in the loss",
    "sampler": "draws rare classes as often as common ones",
    "lab": "draws from each of its data sets equally often, and within each by the square root of a class's count",
}


def show(dataset: ChosenDataset) -> None:
    """Balance of the models' recipes, and what the studies' runs left out or repeated."""
    st.header("What did cleaning and balancing change?", anchor=False)
    if not dataset.models and not dataset.runs:
        st.markdown("No model and no recorded run was trained on this data set, so nothing was left out or repeated.")
    for line in balanced(dataset.models):
        st.markdown(line)
    if dataset.has("train"):
        table = weights(dataset)
        st.dataframe(table, hide_index=True, alt="Each class's share of an epoch, as it comes and balanced.")
        st.caption(
            "“As it comes” and “Drawn alike” give the class's share of an epoch. “Weight in the loss” is that of one "
            "cell where the loss is balanced; its mean over all training cells is 1."
        )
        save_csv(f"balance-{dataset.name}", lambda: weights(dataset).to_csv(index=False))
    for letter in dataset.runs:
        _study(dataset, letter)


def balanced(models: "Sequence[Checkpoint]") -> list[str]:
    """For each way of balancing, which models' recipes use it; an ensemble has no recipe of its own."""
    models_by_balance: dict[str, list[str]] = {}
    for model in models:
        if model.ensemble is None:
            models_by_balance.setdefault(str(model.card.recipe.get("balance", "none")), []).append(
                f"**{words.plain(model.name)}**"
            )
    lines = []
    for how, names in models_by_balance.items():
        recipes = "The recipe of " if len(names) == 1 else "Each recipe of "
        lines.append(f"{recipes}{words.join(names)} {BALANCES.get(how, how)}.")
    return lines


def weights(dataset: ChosenDataset) -> pd.DataFrame:
    """One row a class of the training cells."""
    from core.training.data import class_weights

    space = dataset.space
    labels = dataset.cells.loc[dataset.cells["split"] == "train", "label"]
    keys = [key for key in space.keys if (labels == key).any()]
    numbers = labels.map(keys.index).to_numpy()
    weight = class_weights(numbers, len(keys))
    counts = labels.value_counts()
    return pd.DataFrame(
        {
            "Class": space[key].name,
            "Training cells": int(counts[key]),
            "As it comes": f"{100 * counts[key] / len(labels):.1f} %",
            "Drawn alike": f"{100 / len(keys):.1f} %",
            "Weight in the loss": round(float(weight[place]), 2),
        }
        for place, key in enumerate(keys)
    )


def _study(dataset: ChosenDataset, letter: str) -> None:
    st.markdown(f"**Study {letter}** chose and split the photographs in its own way.")
    st.markdown("\n".join(f"- {line}" for line in chosen_ways(dataset, letter)))
    results = studies.load(STUDIES[letter])
    results_of_source = {name: result for name, result in results.items() if result.record.facts.source == dataset.name}
    cleaned = studies.cleaning_table(results_of_source)
    if not cleaned.empty:
        st.dataframe(cleaned, hide_index=True, alt="Photographs of each class before and after cleaning.")
        st.caption("Trained on: photographs of the training split, with rare classes repeated.")
        save_csv(f"cleaning-{letter.lower()}", lambda: cleaned.to_csv(index=False))


def chosen_ways(dataset: ChosenDataset, letter: str) -> list[str]:
    """A line for each way in which the study's runs chose their images."""
    ways: dict[str, int] = {}
    for facts in dataset.runs[letter]:
        parts = [f"{facts.counts[split]:,} {name.lower()}" for split, name in SPLITS.items() if split in facts.counts]
        line = " ".join(part for part in (f"{words.join(parts)} images." if parts else "", facts.split_note) if part)
        ways[line] = ways.get(line, 0) + 1
    return [f"{words.count(number, 'run')}: {words.plain(line)}" for line, number in ways.items()]
