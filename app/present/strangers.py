"""What is recorded of networks that read a laboratory which they never saw."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from app.shared import load
from core.evaluation.intervals import Interval
from core.settings import records_folder

if TYPE_CHECKING:
    from core.experiments.strangers.findings import IngredientResult

PUBLISHED, PLAIN = "reader", "plain"
"""The way in which the shipped reader of most laboratories learned, and the usual one."""


@dataclass(frozen=True)
class StrangersRead:
    """One way of training on test cells of each laboratory, by the network that never saw it.

    labs, names, cells: by source, balanced accuracy, the laboratory's name and how many cells were read. mean: of
    those left out. answered: share of cells with an answer; wrong: share of all cells answered wrongly, in the
    laboratory where that is most.
    """

    title: str
    labs: Mapping[str, Interval]
    names: Mapping[str, str]
    cells: Mapping[str, int]
    left_out: tuple[str, ...]
    mean: Interval
    answered: Interval
    wrong: Interval


def recorded() -> dict[str, StrangersRead]:
    """By name, those of PUBLISHED and PLAIN that are recorded; none where nothing is."""
    return _recorded(str(records_folder()), load.states_of(sorted((records_folder() / "strangers").glob("*/*"))))


@st.cache_data(max_entries=2, show_spinner="Working out how strangers were read …")
def _recorded(folder: str, state: tuple[tuple[str, int, int], ...]) -> dict[str, StrangersRead]:
    from core.evaluation.strangers import mean_of, worst_of
    from core.experiments.strangers.findings import ingredient_results
    from core.experiments.strangers.runs import JUDGE

    if not state:
        return {}
    results = {name: one for name, one in ingredient_results(test=True).items() if name in (PUBLISHED, PLAIN)}
    return {
        name: StrangersRead(
            title=result.ingredient.title,
            labs={lab: score.balanced for lab, score in [*result.scores.items(), (JUDGE, result.judged)]},
            names={lab: _name(result, lab) for lab in (*result.scores, JUDGE)},
            cells={lab: score.n for lab, score in [*result.scores.items(), (JUDGE, result.judged)]},
            left_out=tuple(result.folds),
            mean=mean_of(result.scores),
            answered=mean_of(result.scores, "coverage"),
            wrong=worst_of(result.scores, "wrong"),
        )
        for name, result in results.items()
        if len(result.folds) > 1
    }


def _name(result: "IngredientResult", lab: str) -> str:
    """Of a laboratory, as its cells name it."""
    fold = lab if lab in result.folds else next(iter(result.folds))
    return str(result.cells(fold, lab, test=True).table["lab"].iloc[0])
