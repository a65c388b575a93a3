"""One checkpoint on one split, in figures, each with its interval where it has one.

Which figures there are is said by `core.evaluation.metrics.registry`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.evaluation.bootstrap import resampled_confusions
from core.evaluation.confusion import Counts, confusion_matrix, outcomes
from core.evaluation.intervals import Interval, Rate, percentile_interval
from core.evaluation.metrics.registry import (
    ClassMetric,
    OverallMetric,
    confusion_metrics,
    ranking_metrics,
    shown_in,
)
from core.evaluation.results.predictions import Predictions

SOFT_BELOW = 30  # test images of a class below which its rates are too soft to lean on

Figure = Rate | Interval


@dataclass(frozen=True)
class ClassReport:
    """One class against all others, for the n images that are of it. figures: by the name of a class metric."""

    key: str
    n: int
    figures: Mapping[str, Figure]

    def __getitem__(self, metric: str) -> Figure:
        return self.figures[metric]

    @property
    def soft(self) -> bool:
        """Whether too few images are of this class for its rates to be firm."""
        return self.n < SOFT_BELOW

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it, undefined figures as null."""
        figures = {name: _bounds(figure) for name, figure in self.figures.items()}
        return {"class": self.key, "n": self.n, **figures, "soft": self.soft}


@dataclass(frozen=True)
class Report:
    """Figures of checkpoint `name` over n images of one source and split.

    figures: by the name of an overall metric; one without an interval has NaN for its ends. Accuracy and most figures
    of a class have Wilson's 95 % intervals, the others 95 % bootstrap ones by image. Both take images to be
    independent, so they are too narrow where many cells come from one photo or patient; and the bootstrap's is too
    narrow near 1, down to no width where no image was read wrongly. NaN: undefined.
    """

    name: str
    architecture: str
    input_size: int
    source: str
    split: str
    n: int
    figures: Mapping[str, Figure]
    per_class: tuple[ClassReport, ...]

    def __getitem__(self, metric: str) -> Figure:
        return self.figures[metric]

    @property
    def accuracy(self) -> Rate:
        rate = self.figures["accuracy"]
        assert isinstance(rate, Rate)
        return rate

    def to_dict(self) -> dict[str, Any]:
        """As `python -m core evaluate --json` prints it: plain numbers and text, undefined as null."""
        return {
            "name": self.name,
            "architecture": self.architecture,
            "input_size": self.input_size,
            "source": self.source,
            "split": self.split,
            "n": self.n,
            **self._overall(),
            "per_class": [row.to_dict() for row in self.per_class],
        }

    def _overall(self) -> dict[str, Any]:
        """Figures with an interval as its bounds, others as numbers, averages over the classes together."""
        overall: dict[str, Any] = {}
        for name, metric in shown_in("report").items():
            figure = self.figures[name]
            if metric.mean_of is not None:
                overall.setdefault("macro", {})[name] = _number(figure.value)
            else:
                overall[name] = _bounds(figure) if metric.interval else _number(figure.value)
        return overall


def evaluate(
    predictions: Predictions, *, name: str, architecture: str, input_size: int, source: str, split: str
) -> Report:
    """Report on the images of this source and split among predictions; CheckpointError if there are none.

    The same table always gives the same report, in whatever order its rows are.
    """
    chosen = predictions.select(source=source, split=split)
    counts = confusion_matrix(chosen.labels, chosen.predicted, len(chosen.classes))
    drawn = resampled_confusions(counts)
    return Report(
        name=name,
        architecture=architecture,
        input_size=input_size,
        source=source,
        split=split,
        n=len(chosen),
        figures={name: _overall_figure(metric, chosen, counts, drawn) for name, metric in shown_in("report").items()},
        per_class=_per_class(chosen.classes, counts, drawn),
    )


def with_ranking(report: Report, predictions: Predictions) -> Report:
    """The report with the figures of each class that rank cells, among the predictions that it was made of."""
    return replace(report, per_class=tuple(_ranked(row, predictions) for row in report.per_class))


def _ranked(row: ClassReport, predictions: Predictions) -> ClassReport:
    scores, positive = predictions.one_class(row.key)
    groups = predictions.groups
    ranking = {name: metric.function(scores, positive, groups) for name, metric in ranking_metrics().items()}
    return replace(row, figures={**row.figures, **ranking})


def _overall_figure(metric: OverallMetric, predictions: Predictions, counts: Counts, drawn: Counts) -> Figure:
    if callable(metric.interval):
        return metric.interval(counts)
    value = metric.value(counts, predictions.probabilities, predictions.labels)
    if metric.interval is None or metric.of_confusion is None:
        return Interval(value, math.nan, math.nan)
    return percentile_interval(value, metric.of_confusion(drawn))


def _per_class(classes: tuple[str, ...], counts: Counts, drawn: Counts) -> tuple[ClassReport, ...]:
    columns = {name: _class_figures(metric, counts, drawn) for name, metric in confusion_metrics().items()}
    sizes = counts.sum(axis=1)
    return tuple(
        ClassReport(key, int(sizes[number]), {name: column[number] for name, column in columns.items()})
        for number, key in enumerate(classes)
    )


def _class_figures(metric: ClassMetric, counts: Counts, drawn: Counts) -> list[Figure]:
    """One a class."""
    classes = range(len(counts))
    if metric.interval is not None:
        every = outcomes(counts)
        return [metric.interval(every.of_class(number)) for number in classes]
    values, samples = metric.function(counts), metric.function(drawn)
    return [percentile_interval(float(values[number]), samples[:, number]) for number in classes]


def _bounds(figure: Figure) -> dict[str, float | None]:
    return {"value": _number(figure.value), "low": _number(figure.low), "high": _number(figure.high)}


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
