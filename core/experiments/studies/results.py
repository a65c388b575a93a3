"""Figures of a recorded run, by image and by photo, with intervals that take images of one photo together."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.errors import CheckpointError
from core.evaluation import metrics
from core.evaluation.intervals import RESAMPLES, SEED, Interval, Rate, percentile_interval, wilson
from core.evaluation.results.predictions import Predictions
from core.evaluation.results.records import Record, records

AUC_RESAMPLES = 400
"""Fewer than for the others, since each one ranks all images."""


@dataclass(frozen=True)
class Scores:
    """Figures over n units; accuracy has Wilson's interval where units stand alone, all others the bootstrap's.

    units: "images" or "photos"; photos: how many photos the images show, 0 where they are on their own.
    figures: as in core.experiments.studies.study.FIGURES, means over the classes that occur. confusion: (K, K) counts.
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
    def _found(self) -> dict[tuple[str, bool], Scores]:
        return {}

    def by_image(self, split: str = "test") -> Scores:
        """Every image counted; intervals draw whole photos."""
        return self._scored(split, False)

    def by_photo(self, split: str = "test") -> Scores:
        """Every photo counted once, by the mean answer to its images; by image where there are no photos."""
        return self._scored(split, True)

    def _scored(self, split: str, photo: bool) -> Scores:
        if (split, photo) not in self._found:
            chosen = self.predictions.select(split=split)
            self._found[split, photo] = score(chosen.by_group() if photo else chosen, "photos" if photo else "images")
        return self._found[split, photo]


def results(experiment: str, root: Path | None = None) -> dict[str, Result]:
    """Every recorded run of an experiment, by its name."""
    return {record.facts.name: Result(record) for record in records(experiment, root)}


def score(predictions: Predictions, units: str = "images") -> Scores:
    """Figures of a table of predictions, whole photos resampled where it has them."""
    k, groups = len(predictions.classes), predictions.groups
    cells = predictions.labels * k + predictions.predicted
    _, photo = np.unique(groups if groups is not None else np.arange(len(cells)), return_inverse=True)
    counts = np.zeros((photo.max() + 1, k * k), np.int64)
    np.add.at(counts, (photo, cells), 1)
    total = counts.sum(0).reshape(k, k)
    drawn = _resampled(counts).reshape(-1, k, k)
    figures = {
        name: percentile_interval(float(of(total[None])[0]), of(drawn))
        for name, of in {
            "accuracy": metrics.accuracy,
            "precision": lambda c: _mean(np.nan_to_num(metrics.precision(c)), c),
            "sensitivity": metrics.balanced_accuracy,
            "specificity": lambda c: _mean(metrics.specificity(c), c),
            "f1": lambda c: _mean(metrics.f1(c), c),
        }.items()
    }
    figures["auc"] = _auc(predictions, photo)
    alone = wilson(int(np.trace(total)), len(cells))
    return Scores(
        units=units,
        n=len(cells),
        photos=len(counts) if groups is not None else 0,
        classes=predictions.classes,
        accuracy=alone if groups is None else figures["accuracy"],
        figures=figures,
        confusion=total,
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
    chosen = _weights(len(size))
    return percentile_interval(float(gain.sum() / size.sum()), (chosen @ gain) / (chosen @ size))


def gap(a: Scores, b: Scores) -> Interval:
    """Accuracy of a minus accuracy of b, measured on different images: by the two intervals (Newcombe 1998)."""
    d = a.accuracy.value - b.accuracy.value
    low = d - np.hypot(a.accuracy.value - a.accuracy.low, b.accuracy.high - b.accuracy.value)
    high = d + np.hypot(a.accuracy.high - a.accuracy.value, b.accuracy.value - b.accuracy.low)
    return Interval(float(d), float(low), float(high))


def _weights(units: int, n_resamples: int = RESAMPLES) -> npt.NDArray[np.int64]:
    """(B, units): how often each unit is drawn in each resample."""
    return np.random.default_rng(SEED).multinomial(units, np.full(units, 1 / units), size=n_resamples)


def _resampled(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """(G, C) counts of each unit -> (B, C) counts of bootstrap samples of the units."""
    if (counts.sum(1) == 1).all():  # one image a unit: the same draw over the few kinds of images there are
        total = counts.sum(0)
        return np.random.default_rng(SEED).multinomial(total.sum(), total / total.sum(), size=RESAMPLES)
    return _weights(len(counts)) @ counts


def _mean(per_class: npt.NDArray[np.float64], counts: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """(B, K) figures -> (B,) means over the classes that occur."""
    occurs = counts.sum(-1) > 0
    mean: npt.NDArray[np.float64] = np.where(occurs, per_class, 0).sum(-1) / occurs.sum(-1)
    return mean


def _auc(predictions: Predictions, photo: npt.NDArray[np.intp]) -> Interval:
    """Mean over the classes of the area under the ROC curve, each class against the others."""
    p, labels = predictions.probabilities, predictions.labels
    weights = _weights(photo.max() + 1, AUC_RESAMPLES)
    # Rows in order of a class's probability, once; a resample only weighs them.
    drawn = np.stack([_areas(p[:, k], labels == k, weights[:, photo]) for k in range(p.shape[1])])
    value = np.stack([_areas(p[:, k], labels == k, np.ones((1, len(p)), np.int64)) for k in range(p.shape[1])])
    return percentile_interval(float(_known_mean(value)[0]), _known_mean(drawn))


def _known_mean(areas: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(K, B) areas -> (B,) means over those that are known, NaN where none is."""
    known = ~np.isnan(areas)
    total = np.where(known, areas, 0).sum(0)
    return np.divide(total, known.sum(0), out=np.full(total.shape, np.nan), where=known.any(0))


def _areas(
    score: npt.NDArray[np.float64], positive: npt.NDArray[np.bool_], weights: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """(B,) areas for (B, N) weights: the chance that a positive scores higher than a negative, ties half."""
    _, rank = np.unique(score, return_inverse=True)
    order = np.argsort(rank, kind="stable")
    edges = np.flatnonzero(np.diff(rank[order], prepend=-1))
    pos = np.add.reduceat((weights * positive)[:, order], edges, axis=1).astype(float)
    neg = np.add.reduceat((weights * ~positive)[:, order], edges, axis=1).astype(float)
    below = np.cumsum(neg, axis=1) - neg
    wins, pairs = (pos * (below + neg / 2)).sum(1), pos.sum(1) * neg.sum(1)
    return np.divide(wins, pairs, out=np.full(len(pairs), np.nan), where=pairs > 0)
