"""What stays of a search for settings: a table with one row a trial, and what was searched, where and how."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from core.evaluation.results.files import damaged_as
from core.settings import records_folder
from core.storage import StoredModel, write_csv, write_json

EXPERIMENT = "search"
STATES = ("complete", "pruned", "failed")
OUTCOME = ("val_accuracy", "val_loss", "best_epoch", "epochs_run", "seconds", "reason")
BANDS = 3
"""Into so many equally large bands numbers are sorted before their effect is measured."""


class SearchFacts(StoredModel):
    """search.json: all that is known of a search except its trials.

    declaration: as core.experiments.search_spaces has it; recipe: the recipe that trials begin from, before their
    own settings; counts: images of train and val; split_hash: of the whole source, test included.
    """

    schema_version: Literal[1] = 1
    name: str
    title: str
    declaration: dict[str, Any]
    recipe: dict[str, Any]
    source: str
    split_note: str
    split_hash: str
    counts: dict[str, int]
    hardware: str
    versions: dict[str, str]

    @property
    def settings(self) -> tuple[str, ...]:
        """The settings that differ between trials, as declared."""
        return tuple(self.declaration["space"])


@dataclass(frozen=True)
class Search:
    """One search and its trials.

    trials: number, state (one of STATES), a column for each setting, then OUTCOME: the best epoch's
    validation accuracy and loss, which epoch that was, epochs and seconds run, and why a trial failed.
    """

    facts: SearchFacts
    trials: pd.DataFrame

    @property
    def best(self) -> pd.Series | None:
        """The complete trial of highest validation accuracy, then lowest loss; None where none is complete."""
        complete = self.trials[self.trials["state"] == "complete"]
        if complete.empty:
            return None
        return complete.sort_values(["val_accuracy", "val_loss"], ascending=[False, True], kind="stable").iloc[0]

    def effects(self) -> dict[str, float]:
        """Setting -> share of the differences in validation accuracy that go with it, the largest first.

        Trials are ranked by accuracy (one that was ended early by what it had reached) and grouped by the
        setting's value, numbers of more than BANDS values by equally large bands. The figure is eta squared
        of the Kruskal-Wallis test, (H - k + 1) / (n - k), which is 0 on average where nothing depends on
        the setting; from 0 to 1. Source: Tomczak & Tomczak 2014, Trends in Sport Sciences 1(21).
        """
        ran = self.trials[self.trials["val_accuracy"].notna()]
        ranks = ran["val_accuracy"].rank()
        shares = {name: _eta_squared(ranks, _bands(ran[name])) for name in self.facts.settings}
        return dict(sorted(shares.items(), key=lambda pair: -pair[1]))


def save_search(search: Search, root: Path | None = None) -> Path:
    """Write a search's record, replacing an earlier one; among the shipped records where root is None."""
    folder = (root or records_folder()) / EXPERIMENT / search.facts.name
    write_csv(folder / "trials.csv", search.trials)
    write_json(folder / "search.json", search.facts, indent=2)
    return folder


def open_search(name: str, root: Path | None = None) -> Search | None:
    """The record of a search by name; None where there is none, CheckpointError where it is damaged."""
    folder = (root or records_folder()) / EXPERIMENT / name
    if not (folder / "search.json").is_file():
        return None
    with damaged_as(f"The record of the search {name} is damaged or of another version."):
        facts = SearchFacts.model_validate_json((folder / "search.json").read_bytes())
        trials = pd.read_csv(folder / "trials.csv", dtype={"state": str, "reason": str}, keep_default_na=False)
        return Search(facts, _typed(trials, facts))


def _typed(trials: pd.DataFrame, facts: SearchFacts) -> pd.DataFrame:
    """The table with numbers as numbers; KeyError or ValueError where it is not of the form."""
    if list(trials.columns) != ["number", "state", *facts.settings, *OUTCOME] or trials.empty:
        raise ValueError("columns")
    if not set(trials["state"]) <= set(STATES):
        raise ValueError("states")
    for name in OUTCOME[:-1]:
        trials[name] = pd.to_numeric(trials[name].replace("", np.nan))
    return trials


def _bands(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """Each trial's group: its value, or the band of a number that takes many."""
    if not pd.api.types.is_numeric_dtype(values) or values.nunique() <= BANDS + 1:
        return values.astype(str)
    return pd.qcut(values.rank(method="first"), BANDS, labels=False).astype(str)


def _eta_squared(ranks: "pd.Series[float]", groups: "pd.Series[Any]") -> float:
    n, k = len(ranks), groups.nunique()
    variance = float(ranks.var()) if n > 1 else 0.0
    if k < 2 or n <= k or variance == 0:
        return 0.0
    by_group = ranks.groupby(groups)
    h = float((by_group.size() * (by_group.mean() - ranks.mean()) ** 2).sum()) / variance
    return min(1.0, max(0.0, (h - k + 1) / (n - k)))
