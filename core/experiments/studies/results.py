"""Figures of a recorded run, by image and by photo, with intervals that take images of one photo together."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.errors import CheckpointError
from core.evaluation.bootstrap import RESAMPLES, SEED, bootstrap, resampled_counts, unit_weights
from core.evaluation.intervals import Interval, Rate, percentile_interval
from core.evaluation.metrics.accuracy import accuracy_rate
from core.evaluation.metrics.auc import AUC, defined_mean, mean_area
from core.evaluation.metrics.registry import OverallMetric, shown_in
from core.evaluation.ranking import roc_area, weighted_blocks
from core.evaluation.results.predictions import Predictions
from core.evaluation.results.records import Record, records

AUC_RESAMPLES = 400
"""Fewer than for the others, since each one ranks all images."""


@dataclass(frozen=True)
class Scores:
    """Figures over n units; accuracy has Wilson's interval where units stand alone, all others the bootstrap's.

    units: "images" or "photos"; photos: how many photos the images show, 0 where they are on their own.
    figures: by the names of `study_metrics`. confusion: (K, K) counts.
    """

    units: str
    n: int
    photos: int
    classes: tuple[str, ...]
    accuracy: Interval | Rate
    figures: Mapping[str, Interval]
    confusion: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Result:
    """One recorded run, scored when asked."""

    record: Record

    @property
    def name(self) -> str:
        return self.record.facts.name

    @cached_property
    def predictions(self) -> Predictions:
        return self.record.predictions()

    @cached_property
    def splits(self) -> tuple[str, ...]:
        """The splits that it answered for."""
        return tuple(dict.fromkeys(self.predictions.table["split"]))

    @cached_property
    def _scores(self) -> dict[tuple[str, bool], Scores]:
        return {}

    def by_image(self, split: str = "test") -> Scores:
        """Every image counted; intervals draw whole photos."""
        return self._scored(split, by_photo=False)

    def by_photo(self, split: str = "test") -> Scores:
        """Every photo counted once, by the mean answer to its images; by image where there are no photos."""
        return self._scored(split, by_photo=True)

    def _scored(self, split: str, *, by_photo: bool) -> Scores:
        if (split, by_photo) not in self._scores:
            chosen = self.predictions.select(split=split)
            self._scores[split, by_photo] = score(
                chosen.by_group() if by_photo else chosen, "photos" if by_photo else "images"
            )
        return self._scores[split, by_photo]


def results(experiment: str, root: Path | None = None) -> dict[str, Result]:
    """Every recorded run of an experiment, by its name."""
    return {record.facts.name: Result(record) for record in records(experiment, root)}


def study_metrics() -> dict[str, OverallMetric]:
    """What is measured of a run, by the name that studies have for it: accuracy, and means over the classes."""
    return {metric.mean_of.name if metric.mean_of else name: metric for name, metric in shown_in("studies").items()}


def score(predictions: Predictions, units: str = "images") -> Scores:
    """Figures of a table of predictions, whole photos resampled where it has them."""
    k, groups = len(predictions.classes), predictions.groups
    cells = predictions.labels * k + predictions.predicted
    _, photo = np.unique(groups if groups is not None else np.arange(len(cells)), return_inverse=True)
    photos = int(photo.max()) + 1
    confusion = np.bincount(cells, minlength=k * k).reshape(k, k)
    # Where each image is a photo of its own, that is the same draw over the few kinds of images there are.
    drawn = resampled_counts(cells, k * k, photo if photos < len(cells) else None).reshape(-1, k, k)
    figures = {
        name: percentile_interval(float(metric.of_confusion(confusion)), metric.of_confusion(drawn))
        if metric.of_confusion is not None
        else _of_probabilities(metric, predictions, photo)
        for name, metric in study_metrics().items()
    }
    return Scores(
        units=units,
        n=len(cells),
        photos=photos if groups is not None else 0,
        classes=predictions.classes,
        accuracy=accuracy_rate(confusion) if groups is None else figures["accuracy"],
        figures=figures,
        confusion=confusion,
    )


def difference(a: Predictions, b: Predictions) -> Interval:
    """Accuracy of a minus that of b on the same images, whole photos resampled; 0 within: cannot be told apart.

    CheckpointError where the images differ.
    """
    left, right = (one.table.set_index(["source", "key"]) for one in (a, b))
    if set(left.index) != set(right.index):
        raise CheckpointError("Two of the runs answered for different images, so they cannot be compared.")
    correct = [
        np.asarray(one.labels == one.predicted, float)[index.index.get_indexer(left.index)]
        for one, index in ((a, left), (b, right))
    ]
    groups = a.groups
    _, photo = np.unique(groups if groups is not None else np.arange(len(left)), return_inverse=True)
    gain = np.bincount(photo, correct[0] - correct[1])
    size = np.bincount(photo)
    chosen = unit_weights(len(size), RESAMPLES, np.random.default_rng(SEED))
    return percentile_interval(float(gain.sum() / size.sum()), (chosen @ gain) / (chosen @ size))


def gap(a: Scores, b: Scores) -> Interval:
    """Accuracy of a minus accuracy of b, measured on different images: by the two intervals (Newcombe 1998)."""
    d = a.accuracy.value - b.accuracy.value
    low = d - np.hypot(a.accuracy.value - a.accuracy.low, b.accuracy.high - b.accuracy.value)
    high = d + np.hypot(a.accuracy.high - a.accuracy.value, b.accuracy.value - b.accuracy.low)
    return Interval(float(d), float(low), float(high))


def _of_probabilities(metric: OverallMetric, predictions: Predictions, photo: npt.NDArray[np.intp]) -> Interval:
    assert metric.of_probabilities is not None
    if metric.mean_of is AUC:
        return _areas(predictions, photo)
    p, labels = predictions.probabilities, predictions.labels
    return bootstrap(metric.of_probabilities, p, labels, groups=photo, n_resamples=AUC_RESAMPLES)


def _areas(predictions: Predictions, photo: npt.NDArray[np.intp]) -> Interval:
    """Mean over the classes of the area under the ROC curve, each class against the others."""
    p, labels = predictions.probabilities, predictions.labels
    weights = unit_weights(int(photo.max()) + 1, AUC_RESAMPLES, np.random.default_rng(SEED))[:, photo]
    # Images in order of a class's probability, once; a sample only weighs them.
    drawn = [roc_area(weighted_blocks(p[:, number], labels == number, weights)) for number in range(p.shape[1])]
    return percentile_interval(mean_area(p, labels), defined_mean(np.stack(drawn)))
