"""Runs of one recipe that differ in their seed alone: how far chance moves the accuracy, and their mean prediction."""

from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import numpy as np

from core.errors import CheckpointError
from core.evaluation.intervals import Rate, wilson
from core.evaluation.results.predictions import Predictions
from core.evaluation.results.records import Record, records

PARTS = ("val", "test")


@dataclass(frozen=True)
class SeedRun:
    """One run: its seed and its accuracy on validation and test images, with Wilson's 95 % interval."""

    name: str
    seed: int
    accuracy: dict[str, Rate]


@dataclass(frozen=True)
class Summary:
    """All recorded seeds of one recipe; sd is between seeds (n - 1), NaN for a single one.

    together: accuracy of the mean of their probabilities, on validation and test.
    """

    recipe: str
    architecture: str
    input_size: int
    parameters: int
    runs: tuple[SeedRun, ...]
    together: dict[str, Rate]

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
            "together": _plain(self.together),
            "runs": [{"name": run.name, "seed": run.seed} | _plain(run.accuracy) for run in self.runs],
        }


@dataclass(frozen=True)
class Pool:
    """The mean prediction of every recorded run of one input size, whatever its recipe."""

    input_size: int
    recipes: tuple[str, ...]
    runs: int
    together: dict[str, Rate]

    def to_dict(self) -> dict[str, Any]:
        return {
            "input_size": self.input_size,
            "recipes": list(self.recipes),
            "runs": self.runs,
            "together": _plain(self.together),
        }


def _plain(rates: dict[str, Rate]) -> dict[str, Any]:
    return {part: {"value": r.value, "low": r.low, "high": r.high, "n": r.n} for part, r in rates.items()}


def summaries(experiment: str, root: Path | None = None) -> list[Summary]:
    """One summary a recipe, by name; CheckpointError where nothing was recorded under that name."""
    runs = sorted(_recorded(experiment, root), key=_place)
    return [_summary(name, list(group)) for name, group in groupby(runs, key=_recipe)]


def pools(experiment: str, root: Path | None = None) -> list[Pool]:
    """Input sizes of which several recipes were recorded, the smallest first; CheckpointError as in `summaries`."""
    every = sorted(_recorded(experiment, root), key=lambda run: (run.facts.input_size, *_place(run)))
    size_pools = []
    for size, group in groupby(every, key=lambda run: run.facts.input_size):
        runs = list(group)
        recipes = tuple(dict.fromkeys(_recipe(run) for run in runs))
        if len(recipes) > 1:
            size_pools.append(Pool(size, recipes, len(runs), _together(runs)))
    return size_pools


def _recorded(experiment: str, root: Path | None) -> list[Record]:
    runs = records(experiment, root)
    if not runs:
        raise CheckpointError(f"No runs were recorded under the name {experiment}.")
    return runs


def _recipe(run: Record) -> str:
    return str(run.facts.recipe["name"])


def _place(run: Record) -> tuple[str, int]:
    return _recipe(run), int(run.facts.recipe["seed"])


def _summary(recipe: str, runs: list[Record]) -> Summary:
    facts = runs[0].facts
    seeds = tuple(SeedRun(run.facts.name, int(run.facts.recipe["seed"]), _accuracy(run)) for run in runs)
    return Summary(recipe, facts.architecture, facts.input_size, facts.parameters, seeds, _together(runs))


def _accuracy(run: Record) -> dict[str, Rate]:
    predictions = run.predictions()
    parts = {part: predictions.select(split=part) for part in PARTS}
    return {part: _rate(table, table.probabilities) for part, table in parts.items()}


def _together(runs: list[Record]) -> dict[str, Rate]:
    """Of the mean of their probabilities. CheckpointError where they did not predict the same images."""
    tables = [run.predictions() for run in runs]
    if any(not np.array_equal(table.table["key"], tables[0].table["key"]) for table in tables):
        raise CheckpointError(f"The runs of {runs[0].facts.experiment} were not asked about the same images.")
    rates = {}
    for part in PARTS:
        parts = [table.select(split=part) for table in tables]
        rates[part] = _rate(parts[0], np.mean([each.probabilities for each in parts], axis=0))
    return rates


def _rate(predictions: Predictions, probabilities: np.ndarray) -> Rate:
    return wilson(int((predictions.labels == probabilities.argmax(1)).sum()), len(predictions))
