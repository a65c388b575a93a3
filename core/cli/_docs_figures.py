"""What templates of documents may ask for: figures from committed records, and how a figure is written."""

import json
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from core.checkpoints import find_checkpoint, list_checkpoints
from core.evaluation import conformal
from core.evaluation.bootstrap import bootstrap
from core.evaluation.intervals import Interval, wilson
from core.evaluation.metrics.calibration import brier, ece, negative_log_likelihood
from core.evaluation.results import faithfulness, ood, robustness
from core.imaging.corruptions import SEVERITIES
from core.settings import checkpoints_folder, records_folder

RANGE = ("value", "low", "high")


def rate(value: Any, digits: int = 3) -> str:
    """A share without the zero before the point: .988, 1.000. Takes a number, or what has `value`."""
    number = _part(value, "value")
    text = f"{number:.{digits}f}"
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text


def interval(value: Any, digits: int = 3) -> str:
    """A share with its 95 % interval: .988 (.983 to .991)."""
    middle, low, high = (rate(_part(value, part), digits) for part in RANGE)
    return f"{middle} ({low} to {high})"


def limits(value: Any, digits: int = 3) -> str:
    """The 95 % interval alone: .983 to .991."""
    return f"{rate(_part(value, 'low'), digits)} to {rate(_part(value, 'high'), digits)}"


def number(value: float) -> str:
    """A whole number with its thousands apart: 2,570."""
    return f"{value:,.0f}"


def _part(value: Any, name: str) -> float:
    if isinstance(value, Mapping):
        return float(value[name])
    return float(getattr(value, name) if hasattr(value, name) else value)


def sort_by(keys: Iterable[str], values: Mapping[str, Any]) -> list[str]:
    """Keys, the one with the smallest value first."""
    return sorted(keys, key=lambda key: _part(values[key], "value"))


FILTERS: dict[str, Callable[..., Any]] = {one.__name__: one for one in (rate, interval, limits, number, sort_by)}


@cache
def card(name: str) -> dict[str, Any]:
    """A checkpoint's card as it lies on disk."""
    facts: dict[str, Any] = json.loads((checkpoints_folder() / name / "card.json").read_text("utf-8"))
    return facts


@cache
def record(name: str) -> Any:
    """A record that is a JSON file, by its path under the folder of records, without the ending."""
    return json.loads((records_folder() / f"{name}.json").read_text("utf-8"))


@cache
def architectures() -> dict[str, dict[str, Any]]:
    """Of every architecture the study that used it and its title."""
    from core.models.registry import ARCHITECTURES

    return {name: {"study": spec.study, "title": spec.title} for name, spec in ARCHITECTURES.items()}


@cache
def shipped() -> list[str]:
    """Names of the checkpoints that read cells."""
    return [checkpoint.name for checkpoint in list_checkpoints()]


@cache
def belief(name: str) -> dict[str, Any]:
    """Calibration and prediction sets of a checkpoint on its source's test cells, with bootstrap intervals."""
    checkpoint = find_checkpoint(name)
    test = checkpoint.predictions().select(source=checkpoint.card.trained.source, split="test")
    p, labels = test.probabilities, test.labels
    scores = {"ece": ece, "brier": brier, "nll": negative_log_likelihood}
    sets = checkpoint.classifier.prediction_sets
    return {
        "n": len(test),
        **{key: bootstrap(score, p, labels) for key, score in scores.items()},
        "sets": conformal.coverages(sets.thresholds, p, labels) if sets else {},
    }


@cache
def robust(name: str) -> dict[str, Any]:
    """How a checkpoint reads photos made worse."""
    kept = robustness.read_robustness(name, find_checkpoint(name).card.sha256)
    if kept is None:
        raise ValueError(f"no robustness of {name} is recorded")
    figures = kept.figures()
    return {
        "n": kept.facts.images,
        "date": kept.facts.date,
        "command": kept.facts.command,
        "clean": figures[0].balanced,
        "all": kept.mean_balanced(kept.corruptions),
        "published": kept.mean_balanced(kept.published),
        "published_names": kept.published,
        "mean": {one: kept.mean_balanced([one]) for one in kept.corruptions},
        "at": {(one.corruption, one.severity): one for one in figures},
        "names": kept.corruptions,
    }


@cache
def robust_names() -> list[str]:
    """Checkpoints whose robustness is recorded, the sturdiest over the published corruptions first."""
    there = [name for name in shipped() if robustness.path_of(name).is_file()]
    return sorted(there, key=lambda name: -robust(name)["published"].value)


@cache
def verdicts(name: str) -> dict[str, Interval]:
    """Over all photos made worse: answered, answered wrongly, and right yet withheld; resampled by cell."""
    kept = robustness.read_robustness(name, find_checkpoint(name).card.sha256)
    if kept is None:
        raise ValueError(f"no robustness of {name} is recorded")
    worse = kept.table[kept.table["corruption"] != robustness.CLEAN]
    answered = (worse["verdict"] == "answer").to_numpy()
    right = (worse["said"] == worse["label"]).to_numpy()
    shares = {"answered": answered, "wrong": answered & ~right, "withheld": ~answered & right}
    # One row a cell, since all conditions show the same cells.
    by_cell = {
        key: pd.Series(share).groupby(worse["key"].to_numpy()).mean().to_numpy() for key, share in shares.items()
    }
    return {key: bootstrap(np.mean, values) for key, values in by_cell.items()}


@cache
def overconfident() -> list[dict[str, Any]]:
    """Corruptions at their worst of which a model answers a third or more, and rightly less than three in five."""
    return [
        {"model": name, "corruption": figures.corruption, "answered": figures.answered, "right": figures.right}
        for name in sorted(robust_names())
        for figures in robust(name)["at"].values()
        if figures.severity == max(SEVERITIES) and figures.answered.value >= 1 / 3 and figures.right.value < 3 / 5
    ]


@cache
def quality_remarks() -> dict[str, Any] | None:
    """What `bench quality` measured, where that is recorded: n, and by damage the share with a remark by severity."""
    path = records_folder() / "measured" / "quality.json"
    if not path.is_file():
        return None
    kept = json.loads(path.read_text("utf-8"))
    shares: dict[str, list[str]] = {}
    for row in (row for row in kept["rows"] if row["severity"]):
        shares.setdefault(row["damage"], []).append(rate(row["remarked"], 2))
    return {"n": kept["rows"][0]["cells"], "shares": shares}


@cache
def outliers(name: str) -> Any:
    """How well scores tell what is unlike the training cells: rows by score and group."""
    return ood.read_measurement(name)


def pooled(rows: Any, field: str) -> Any:
    """How many pass of all pictures of several rows, with Wilson's interval."""
    chosen = list(rows)
    return wilson(sum(getattr(row, field) for row in chosen), sum(row.n for row in chosen))


@cache
def explained(name: str) -> Any:
    """The measured attribution methods of a checkpoint."""
    from core.inference.explaining import measured_of

    return measured_of(find_checkpoint(name))


@cache
def first_methods(name: str) -> list[str]:
    """The two attribution methods that Read begins with for a checkpoint."""
    from core.inference.explaining import methods_of

    return [method.name for method in methods_of(find_checkpoint(name))[:2]]


def faithfulness_steps() -> int:
    """Parts in which deletion and insertion take a picture away."""
    from core.explain.faithfulness import STEPS

    return STEPS


@cache
def method_titles() -> dict[str, str]:
    """Of every attribution method and control its name as people read it."""
    from core.explain.registry import ATTRIBUTION_METHODS

    return {name: method.title for name, method in ATTRIBUTION_METHODS.items()} | faithfulness.CONTROLS


GLOBALS: dict[str, Any] = {
    one.__name__: one
    for one in (
        architectures,
        belief,
        card,
        explained,
        faithfulness_steps,
        first_methods,
        method_titles,
        outliers,
        overconfident,
        pooled,
        quality_remarks,
        record,
        robust,
        robust_names,
        shipped,
        verdicts,
        wilson,
    )
}
