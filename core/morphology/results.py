"""Runs on the authors' own split, recorded for the comparison with what they published: predictions, no weights."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from core.errors import CheckpointError
from core.morphology.predictions import AttributePredictions, read_predictions
from core.settings import records_folder
from core.storage import StoredModel, write_json

FOLDER = "attributes"


class AttributeRunFacts(StoredModel):
    """What a run was. clean: whether nothing that it learned from is among the cells it is tested on."""

    schema_version: Literal[1] = 1
    name: str
    title: str
    note: str
    clean: bool
    counts: dict[str, int]
    settings: dict[str, Any]
    training: dict[str, float | int | str]

    @classmethod
    def of_head(cls, checkpoint: str, sha256: str, counts: dict[str, int]) -> "AttributeRunFacts":
        """A head on the features of a checkpoint, which learned the classes of most of the test part's cells."""
        return cls(
            name=f"head-{checkpoint}",
            title=f"A head on {checkpoint}",
            note=(
                f"{checkpoint} learned the classes of our training cells, which most of the authors' test cells are: "
                "this flatters."
            ),
            clean=False,
            counts=counts,
            settings={"checkpoint": checkpoint, "sha256": sha256},
            training={},
        )

    @classmethod
    def of_network(
        cls, recipe: dict[str, Any], began_from: str, training: dict[str, float | int | str], counts: dict[str, int]
    ) -> "AttributeRunFacts":
        """A whole network that saw the authors' train part alone."""
        return cls(
            name=f"tuned-{recipe['architecture']}",
            title=f"{recipe['architecture']}, fine-tuned at {recipe['input_size']} px",
            note=f"Began from {began_from} and learned from the authors' train part alone.",
            clean=True,
            counts=counts,
            settings=recipe,
            training=training,
        )


@dataclass(frozen=True)
class AttributeRun:
    """One recorded run."""

    facts: AttributeRunFacts
    predictions: AttributePredictions


def write_run(predictions: AttributePredictions, facts: AttributeRunFacts) -> Path:
    """Write a run beside the other records, replacing an earlier one of its name; returns its folder."""
    folder = records_folder() / FOLDER / facts.name
    predictions.write(folder / "attributes.parquet")
    write_json(folder / "run.json", facts)
    return folder


def read_runs() -> list[AttributeRun]:
    """Every recorded run, those that flatter last; CheckpointError where one is damaged."""
    runs = []
    for path in sorted((records_folder() / FOLDER).glob("*/run.json")):
        try:
            facts = AttributeRunFacts.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            raise CheckpointError(f"The record of the run {path.parent.name} is damaged.") from error
        runs.append(AttributeRun(facts, read_predictions(path.parent / "attributes.parquet")))
    return sorted(runs, key=lambda run: (not run.facts.clean, run.facts.name))
