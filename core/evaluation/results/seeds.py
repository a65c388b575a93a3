"""Runs of one recipe that differ in their seed alone: how far chance moves the accuracy, and what all say together."""

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
    """Every recorded run of one input size answering together, whatever its recipe."""

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
    found = sorted(_recorded(experiment, root), key=_place)
    return [_summary(name, list(group)) for name, group in groupby(found, key=_recipe)]


def pools(experiment: str, root: Path | None = None) -> list[Pool]:
    """Input sizes of which several recipes were recorded, the smallest first; CheckpointError as in `summaries`."""
    found = sorted(_recorded(experiment, root), key=lambda one: (one.facts.input_size, *_place(one)))
    made = []
    for size, group in groupby(found, key=lambda one: one.facts.input_size):
        runs = list(group)
        recipes = tuple(dict.fromkeys(_recipe(one) for one in runs))
        if len(recipes) > 1:
            made.append(Pool(size, recipes, len(runs), _together(runs)))
    return made


def _recorded(experiment: str, root: Path | None) -> list[Record]:
    found = records(experiment, root)
    if not found:
        raise CheckpointError(f"No runs were recorded under the name {experiment}.")
    return list(found)


def _recipe(one: Record) -> str:
    return str(one.facts.recipe["name"])


def _place(one: Record) -> tuple[str, int]:
    return _recipe(one), int(one.facts.recipe["seed"])


def _summary(recipe: str, found: list[Record]) -> Summary:
    facts = found[0].facts
    runs = tuple(SeedRun(one.facts.name, int(one.facts.recipe["seed"]), _accuracy(one)) for one in found)
    return Summary(recipe, facts.architecture, facts.input_size, facts.parameters, runs, _together(found))


def _accuracy(one: Record) -> dict[str, Rate]:
    told = one.predictions()
    return {part: _rate(told.select(split=part), told.select(split=part).probabilities) for part in PARTS}


def _together(found: list[Record]) -> dict[str, Rate]:
    """Of the mean of their probabilities. CheckpointError where they were not asked about the same images."""
    tables = [one.predictions() for one in found]
    if any(not np.array_equal(table.table["key"], tables[0].table["key"]) for table in tables):
        raise CheckpointError(f"The runs of {found[0].facts.experiment} were not asked about the same images.")
    rates = {}
    for part in PARTS:
        parts = [table.select(split=part) for table in tables]
        rates[part] = _rate(parts[0], np.mean([each.probabilities for each in parts], axis=0))
    return rates


def _rate(told: Predictions, probabilities: np.ndarray) -> Rate:
    return wilson(int((told.labels == probabilities.argmax(1)).sum()), len(told))
