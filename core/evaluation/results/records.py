"""Records: what stays of a run whose weights are not shipped: its recipe, its predictions, its history."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from core.evaluation.results.files import damaged_as
from core.evaluation.results.predictions import Predictions
from core.settings import records_folder
from core.storage import StoredModel, write_csv, write_json


class RunFacts(StoredModel):
    """run.json: all that is known of a run except its predictions and its history, which lie beside it.

    experiment and name together say which run it is; `note` says in a sentence what sets it apart from its
    neighbours. counts: images of each split. training: best epoch, epochs, seconds, precision, hardware.
    """

    schema_version: Literal[1] = 1
    experiment: str
    name: str
    title: str
    note: str
    architecture: str
    input_size: int
    parameters: int
    recipe: dict[str, Any]
    began_from: str
    source: str
    split_note: str
    counts: dict[str, int]
    training: dict[str, float | int | str]
    versions: dict[str, str]


@dataclass(frozen=True)
class Record:
    """One run in its folder; everything is read when asked for."""

    folder: Path
    facts: RunFacts

    def predictions(self) -> Predictions:
        return Predictions.read(self.folder / "predictions.parquet")

    def history(self) -> pd.DataFrame:
        """One row an epoch, columns as its trainer has them; CheckpointError where it is damaged."""
        with damaged_as(f"The training history of {self.facts.name} is missing or damaged."):
            return pd.read_csv(self.folder / "history.csv")


def save_record(
    facts: RunFacts,
    predictions: Predictions,
    history: pd.DataFrame,
    root: Path | None = None,
    *,
    halves: bool = False,
) -> Record:
    """Write a run's record, replacing an earlier one; into `root`, the shipped records where it is None.

    halves: probabilities as float16, which takes half the room.
    """
    folder = (root or records_folder()) / facts.experiment / facts.name
    predictions.write(folder / "predictions.parquet", halves=halves)
    write_csv(folder / "history.csv", history)
    write_json(folder / "run.json", facts, indent=2)
    return Record(folder, facts)


def open_record(folder: Path) -> Record:
    """The record in a folder; CheckpointError where there is none or it is damaged."""
    with damaged_as(f"There is no record of a run in {folder}."):
        data = (folder / "run.json").read_bytes()
    with damaged_as(f"The record of the run {folder.name} is damaged or of another version."):
        return Record(folder, RunFacts.model_validate_json(data))


def records(experiment: str, root: Path | None = None) -> list[Record]:
    """Every run of an experiment, by name; empty where there is none."""
    base = (root or records_folder()) / experiment
    return [open_record(folder.parent) for folder in sorted(base.glob("*/run.json"))]
