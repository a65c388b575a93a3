"""Predictions of a checkpoint for photos made worse (core.imaging.corruptions): one row an image and corruption.

The table is stored; every figure is computed from it when it is looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.errors import CheckpointError
from core.evaluation.bootstrap import SEED, unit_weights
from core.evaluation.intervals import Interval, Rate, percentile_interval, wilson
from core.evaluation.results.files import damaged_as, read_noted_parquet, write_noted_parquet
from core.imaging.corruptions import CORRUPTIONS, SEVERITIES
from core.settings import records_folder
from core.storage import StoredModel, until_changed

CLEAN = "clean"
"""The photos as they are, severity 0."""

COLUMNS = ("corruption", "severity", "key", "label", "said", "verdict", "remarked")
NUMBERS = ("p_truth", "distance")
MOST_NUMBERED = 600
"""Images up to which p_truth and distance are kept for each; beyond, the table would grow too large to commit."""

RESAMPLES = 1_000


class RobustnessFacts(StoredModel):
    """What was measured, with which weights, when and how long."""

    schema_version: Literal[1] = 1
    name: str
    sha256: str
    source: str
    split: str
    images: int
    seed: int
    classes: tuple[str, ...]
    date: str
    seconds: float
    command: str


@dataclass(frozen=True)
class ConditionFigures:
    """One corruption at one severity.

    balanced: balanced accuracy of all images. answered, unsure, unlike: the verdicts' shares; right: of those
    answered. remarked: share of photos of whose quality something is said. given: mean probability of the true class;
    distance: the median from the training cells, above 1 being unlike; both NaN where not kept.
    """

    corruption: str
    severity: int
    accuracy: Rate
    balanced: Interval
    answered: Rate
    unsure: Rate
    unlike: Rate
    right: Rate
    remarked: Rate
    given: float
    distance: float


@dataclass(frozen=True, eq=False)
class Robustness:
    """Predictions for photos made worse.

    table: corruption, severity (0 where CLEAN), key; label and said, class keys; verdict; remarked, bool; and for
    at most MOST_NUMBERED images p_truth (probability of the true class) and distance, float16. All conditions have
    the same images in the same order.
    """

    table: pd.DataFrame
    facts: RobustnessFacts

    @cached_property
    def conditions(self) -> list[tuple[str, int]]:
        """Corruption and severity, the clean photos first, then in the order of core.imaging.corruptions."""
        measured = set(zip(self.table["corruption"], self.table["severity"].astype(int), strict=True))
        every = [(CLEAN, 0)] + [(name, severity) for name in CORRUPTIONS for severity in SEVERITIES]
        return [condition for condition in every if condition in measured]

    @property
    def corruptions(self) -> list[str]:
        return list(dict.fromkeys(name for name, severity in self.conditions if severity))

    @property
    def published(self) -> list[str]:
        """Those that BloodMNIST-C has, too."""
        return [name for name in self.corruptions if CORRUPTIONS[name].published]

    def of(self, corruption: str, severity: int) -> pd.DataFrame:
        """Rows of one condition."""
        table = self.table
        return table[(table["corruption"] == corruption) & (table["severity"] == severity)]

    def figures(self) -> list[ConditionFigures]:
        """One a condition, in their order."""
        values, drawn = self._drawn
        return [
            self._figures(*condition, percentile_interval(values[number], drawn[:, number]))
            for number, condition in enumerate(self.conditions)
        ]

    def _figures(self, corruption: str, severity: int, balanced: Interval) -> ConditionFigures:
        rows = self.of(corruption, severity)
        n, right = len(rows), rows["said"] == rows["label"]
        answered = rows["verdict"] == "answer"
        return ConditionFigures(
            corruption=corruption,
            severity=severity,
            accuracy=wilson(int(right.sum()), n),
            balanced=balanced,
            answered=wilson(int(answered.sum()), n),
            unsure=wilson(int((rows["verdict"] == "unsure").sum()), n),
            unlike=wilson(int((rows["verdict"] == "unlike").sum()), n),
            right=wilson(int((right & answered).sum()), int(answered.sum())),
            remarked=wilson(int(rows["remarked"].sum()), n),
            given=float(rows["p_truth"].astype(np.float64).mean()) if "p_truth" in rows else float("nan"),
            distance=float(rows["distance"].astype(np.float64).median()) if "distance" in rows else float("nan"),
        )

    def mean_balanced(self, corruptions: Sequence[str], severities: Sequence[int] = SEVERITIES) -> Interval:
        """Mean balanced accuracy over corruptions and severities, each counted alike; its interval by image."""
        chosen = [
            number for number, (name, step) in enumerate(self.conditions) if name in corruptions and step in severities
        ]
        if not chosen:
            return Interval(float("nan"), float("nan"), float("nan"))
        values, drawn = self._drawn
        return percentile_interval(float(values[chosen].mean()), drawn[:, chosen].mean(axis=1))

    @cached_property
    def _drawn(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Balanced accuracy of each condition (C,), and of bootstrap samples (RESAMPLES, C): whole images, drawn
        within each class, the same for all conditions, since these show the same images."""
        right = np.stack([(rows["said"] == rows["label"]).to_numpy() for rows in map(self._rows, self.conditions)])
        labels = self._rows(self.conditions[0])["label"].to_numpy()
        rng = np.random.default_rng(SEED)
        values, drawn = [], []
        for label in sorted(set(labels)):
            of_class = right[:, labels == label].astype(np.float64)
            n = of_class.shape[1]
            values.append(of_class.mean(axis=1))
            drawn.append(unit_weights(n, RESAMPLES, rng) @ of_class.T / n)
        return np.mean(values, axis=0), np.mean(drawn, axis=0)

    def _rows(self, condition: tuple[str, int]) -> pd.DataFrame:
        return self.of(*condition)

    def write(self, path: Path) -> None:
        """Parquet file at path, replaced if there, with the facts in its notes."""
        numbers = [name for name in NUMBERS if name in self.table and self.facts.images <= MOST_NUMBERED]
        stored = self.table[[*COLUMNS, *numbers]].astype({"severity": np.uint8, "remarked": bool})
        stored = stored.astype(dict.fromkeys(numbers, np.float16))
        texts = dict.fromkeys(("corruption", "key", "label", "said", "verdict"), "string")
        notes = {"facts": self.facts.model_dump_json()}
        # Row groups would each store the list of keys anew, so all lies in one.
        write_noted_parquet(path, stored, notes, types=texts, compression_level=15, row_group_size=len(stored))


def path_of(name: str) -> Path:
    """Where the table of a checkpoint lies."""
    return records_folder() / "robustness" / f"{name}.parquet"


def read_robustness(name: str, sha256: str) -> Robustness | None:
    """The table of a checkpoint with these weights; None where there is none.

    CheckpointError where the table is damaged, or of other weights.
    """
    robustness = _read(path_of(name))
    if robustness is not None and robustness.facts.sha256 != sha256:
        raise CheckpointError(f"How robust {name} is was measured with other weights than those here; measure again.")
    return robustness


@until_changed(most=32)
def _read(path: Path) -> Robustness:
    damaged = f"The table of how robust {path.stem} is is damaged; measure again."
    with damaged_as(damaged):
        table, notes = read_noted_parquet(path)
        robustness = Robustness(table, RobustnessFacts.model_validate_json(notes["facts"]))
        sizes = {len(robustness.of(*condition)) for condition in robustness.conditions}
    whole = sizes == {robustness.facts.images} and (CLEAN, 0) in robustness.conditions
    if not whole or not set(COLUMNS) <= set(robustness.table):
        raise CheckpointError(damaged)
    return robustness
