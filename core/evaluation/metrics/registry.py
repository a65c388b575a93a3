"""What a metric is, and the lists from which reports, commands and pages take what they show.

A module of this package holds one metric or a small family: its functions, and the call that registers each with its
title, its meaning and where it is shown. Nothing else has to name it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from core.evaluation.confusion import Counts, Floats, Outcomes
from core.evaluation.intervals import Interval, Rate
from core.registry import Registry

Place = Literal["report", "tables", "folds", "studies"]
"""Where an overall metric is shown. report: the JSON of `evaluate`; tables: its table and the overview of Compare;
folds: cross-validation; studies: the runs of the seed studies."""

EVERYWHERE: frozenset[Place] = frozenset(("report", "tables", "folds", "studies"))


@dataclass(frozen=True, kw_only=True)
class Metric:
    """name: as JSON and CSV have it. title, meaning: as pages show them, the meaning a sentence. order: its place in
    its registry. low, high: its range. better: which way. share: whether it is shown in percent."""

    name: str
    order: int
    title: str
    meaning: str
    low: float = 0.0
    high: float = 1.0
    better: Literal["up", "down"] = "up"
    share: bool = True


@dataclass(frozen=True, kw_only=True)
class ClassMetric(Metric):
    """One figure a class, of a confusion matrix.

    function: (..., K, K) counts -> (..., K), NaN where undefined. interval: of the Outcomes of one class in one
    matrix; where None, the bootstrap by image gives it. interval_name: how it is worked out.
    """

    function: Callable[[npt.ArrayLike], Floats]
    interval: Callable[[Outcomes], Rate | Interval] | None = None
    interval_name: str = "by bootstrap"


@dataclass(frozen=True, kw_only=True)
class RankingMetric(Metric):
    """One figure a class, of how its probability ranks cells: slow, so worked out only where a page shows it.

    function: probabilities of the class (N,), whether a cell is of it (N,) bool, and the names of what cells share
    (N,) or None -> the figure with its interval.
    """

    function: Callable[[Floats, npt.NDArray[np.bool_], npt.NDArray[np.str_] | None], Interval]
    interval_name: str = "by bootstrap"


@dataclass(frozen=True, kw_only=True)
class OverallMetric(Metric):
    """One figure for all cells, of a confusion matrix or of probabilities; exactly one of both functions is given.

    of_confusion: (..., K, K) counts -> (...). of_probabilities: (N, K) and class numbers (N,) -> the figure.
    interval: of the (K, K) counts; "bootstrap": by image; None: the report has the bare figure.
    mean_of: the metric of a class whose macro average it is. same_as: the name of the metric that is this figure
    under another name, so that no page shows both. head, abbreviation: its title where there is little room, on pages
    and in tables of commands. digits: after the point where it is shown; None: as many as the cells deserve.
    """

    of_confusion: Callable[[npt.ArrayLike], Floats] | None = None
    of_probabilities: Callable[[npt.ArrayLike, npt.ArrayLike], float] | None = None
    interval: Callable[[Counts], Rate | Interval] | Literal["bootstrap"] | None = None
    mean_of: ClassMetric | RankingMetric | None = None
    same_as: str = ""
    head: str = ""
    abbreviation: str = ""
    digits: int | None = None
    places: frozenset[Place] = EVERYWHERE

    def value(self, confusion: npt.ArrayLike, probabilities: npt.ArrayLike, labels: npt.ArrayLike) -> float:
        """The bare figure of images, of which the confusion matrix (K, K) is counted already."""
        if self.of_probabilities is not None:
            return self.of_probabilities(probabilities, labels)
        assert self.of_confusion is not None
        return float(self.of_confusion(confusion))


_TRIAL = np.array([[[7, 2, 1], [1, 6, 1], [0, 1, 1]], [[7, 1, 0], [2, 6, 1], [1, 1, 1]]])
_TRIAL_LABELS = np.array([0, 0, 1, 1])
_TRIAL_PROBABILITIES = np.array([[0.9, 0.1], [0.4, 0.6], [0.3, 0.7], [0.45, 0.55]])


def _problems(metric: Metric) -> Iterator[str]:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", metric.name):
        yield "Its name may hold small letters, digits and underscores, and begins with a letter."
    if not (metric.title and metric.meaning[:1].isupper() and metric.meaning.endswith(".")):
        yield "Give it a title, and say what it means in a sentence with its full stop."
    if not metric.low < metric.high:
        yield "Its range is from low to high."


def _figure_problems(metric: Metric, figures: Floats, shape: tuple[int, ...]) -> Iterator[str]:
    if figures.shape != shape:
        yield f"Its function gives {figures.shape} figures where {shape} are wanted."
    elif not (np.isnan(figures) | ((figures >= metric.low) & (figures <= metric.high))).all():
        yield f"Its function gives figures outside {metric.low:g} to {metric.high:g}, which is its range."


def _class_problems(metric: ClassMetric | RankingMetric) -> Iterator[str]:
    yield from _problems(metric)
    if isinstance(metric, ClassMetric):
        yield from _figure_problems(metric, np.asarray(metric.function(_TRIAL)), (2, 3))


def _overall_problems(metric: OverallMetric) -> Iterator[str]:
    yield from _problems(metric)
    if (metric.of_confusion is None) == (metric.of_probabilities is None):
        yield "Give it one function: of_confusion or of_probabilities."
    elif metric.of_confusion is not None:
        yield from _figure_problems(metric, np.asarray(metric.of_confusion(_TRIAL)), (2,))
    elif metric.of_probabilities is not None:
        figure = np.asarray(metric.of_probabilities(_TRIAL_PROBABILITIES, _TRIAL_LABELS))
        yield from _figure_problems(metric, figure, ())
        if metric.interval is not None:
            yield "A figure of probabilities has no interval in the report."


CLASS_METRICS = Registry[ClassMetric | RankingMetric]("class metric", __package__, _class_problems)
OVERALL_METRICS = Registry[OverallMetric]("overall metric", __package__, _overall_problems)


def confusion_metrics() -> Mapping[str, ClassMetric]:
    """The metrics of a class that a confusion matrix gives, by name."""
    return {name: metric for name, metric in CLASS_METRICS.items() if isinstance(metric, ClassMetric)}


def ranking_metrics() -> Mapping[str, RankingMetric]:
    """The metrics of a class that its probabilities give, by name."""
    return {name: metric for name, metric in CLASS_METRICS.items() if isinstance(metric, RankingMetric)}


def shown_in(place: Place) -> Mapping[str, OverallMetric]:
    """The overall metrics that are shown in a place, by name."""
    return {name: metric for name, metric in OVERALL_METRICS.items() if place in metric.places}
