"""Runs of one recipe that differ in their seed alone: how far chance moves the accuracy."""

from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from core.errors import CheckpointError
from core.evaluation.intervals import Rate, wilson
from core.evaluation.records import Record, records

PARTS = ("val", "test")


@dataclass(frozen=True)
class SeedRun:
    """One run: its seed and its accuracy on validation and test images, with Wilson's 95 % interval."""

    name: str
    seed: int
    accuracy: dict[str, Rate]


@dataclass(frozen=True)
class Summary:
    """All recorded seeds of one recipe; sd is between seeds (n - 1), NaN for a single one."""

    recipe: str
    architecture: str
    input_size: int
    parameters: int
    runs: tuple[SeedRun, ...]

    def mean(self, part: str) -> float:
        return mean(run.accuracy[part].value for run in self.runs)

    def sd(self, part: str) -> float:
        values = [run.accuracy[part].value for run in self.runs]
        return stdev(values) if len(values) > 1 else float("nan")

    def to_dict(self) -> dict[str, Any]:
        """As `python -m core runs --json` prints it."""
        return {
            "recipe": self.recipe,
            "architecture": self.architecture,
            "input_size": self.input_size,
            "parameters": self.parameters,
            **{part: {"mean": self.mean(part), "sd": self.sd(part)} for part in PARTS},
            "runs": [
                {"name": run.name, "seed": run.seed}
                | {part: {"value": r.value, "low": r.low, "high": r.high, "n": r.n} for part, r in run.accuracy.items()}
                for run in self.runs
            ],
        }


def summaries(experiment: str, root: Path | None = None) -> list[Summary]:
    """One summary a recipe, by name; CheckpointError where nothing was recorded under that name."""
    found = sorted(records(experiment, root), key=lambda one: (one.facts.recipe["name"], one.facts.recipe["seed"]))
    if not found:
        raise CheckpointError(f"No runs were recorded under the name {experiment}.")
    return [
        _summary(name, list(group)) for name, group in groupby(found, key=lambda one: str(one.facts.recipe["name"]))
    ]


def _summary(recipe: str, found: list[Record]) -> Summary:
    facts = found[0].facts
    runs = tuple(SeedRun(one.facts.name, int(one.facts.recipe["seed"]), _accuracy(one)) for one in found)
    return Summary(recipe, facts.architecture, facts.input_size, facts.parameters, runs)


def _accuracy(one: Record) -> dict[str, Rate]:
    predictions = one.predictions()
    parts = {part: predictions.select(split=part) for part in PARTS}
    return {part: wilson(int((told.labels == told.predicted).sum()), len(told)) for part, told in parts.items()}
