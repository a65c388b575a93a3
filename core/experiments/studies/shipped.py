"""Our shipped checkpoints beside a study's runs, read without loading any weights."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from core.errors import CheckpointError
from core.evaluation.results.predictions import Predictions
from core.evaluation.results.records import Record
from core.experiments.studies.results import Result
from core.experiments.studies.study import Study
from core.settings import checkpoints_folder

PREFIX = "shipped "


@dataclass(frozen=True)
class Shipped(Result):
    """A checkpoint's own predictions on the study's kind of data, scored as a run is."""

    checkpoint: str = ""
    table: Path = Path()

    @property
    def name(self) -> str:
        return PREFIX + self.checkpoint

    @cached_property
    def predictions(self) -> Predictions:
        """Of the study's source alone: a checkpoint has read other laboratories' cells too."""
        return Predictions.read(self.table).select(source=self.record.facts.source)


def with_shipped(study: Study, found: Mapping[str, Result]) -> dict[str, Result]:
    """The same results, and the study's shipped checkpoints that answered for the very same test images."""
    results = dict(found)
    for name in study.checkpoints:
        beside = found.get(name)
        table = checkpoints_folder() / name / "predictions.parquet"
        if beside is None or not table.is_file():
            continue
        shipped = Shipped(_renamed(beside.record, name), name, table)
        if _same_images(shipped, beside):
            results[shipped.name] = shipped
    return results


def _renamed(record: Record, name: str) -> Record:
    facts = record.facts
    note = "Our shipped checkpoint of the same architecture: augmented, weights averaged, on the same split."
    changes = {"name": PREFIX + name, "title": f"Our checkpoint {name}", "note": note, "training": {}, "counts": {}}
    return Record(record.folder, facts.model_copy(update=changes))


def _same_images(a: Result, b: Result) -> bool:
    try:
        keys = [set(one.predictions.select(split="test").table["key"]) for one in (a, b)]
        return keys[0] == keys[1]
    except CheckpointError:
        return False
