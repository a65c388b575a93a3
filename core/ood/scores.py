"""How far a cell lies from everything that a model was trained on, measured in the features of its own network."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.cluster import MiniBatchKMeans
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression

DIMENSIONS, CLUSTERS = 32, 200
"""Principal components of the features before the head, and clusters of training cells among them."""

PENALTY, ITERATIONS = 1e-2, 300
"""Of the logistic regression: inverse strength of its L2 penalty, and steps at most."""

ACCEPTED = 0.99
"""Share of validation cells that lie within the threshold; it sets the unit of distance."""

LEAST_SPREAD = 1e-4
"""Below this share of the features' typical spread one counts as constant, lest it outweighs all others."""


PREFIX = "gate."
"""Of the names under which statistics.safetensors keeps the score."""


@dataclass(frozen=True)
class ClusterDistance:
    """How far the direction of a picture's features is from those of the nearest cluster of training cells.

    After Sun et al., ICML 2022 (arXiv:2204.06507), whose neighbours are single cells; here they are the centres of
    CLUSTERS clusters (k-means), which tell as much and take little room. F features reduced to D components:
    `mean` (F,), `axes` (D, F), `centres` (CLUSTERS, D), `unit` the distance that ACCEPTED of validation cells keep to.
    """

    mean: np.ndarray
    axes: np.ndarray
    centres: np.ndarray
    unit: float

    @classmethod
    def fit(cls, train: np.ndarray, val: np.ndarray) -> Self:
        """From features (N, F) of training cells and (M, F) of validation cells."""
        unit_vectors = directions(train)
        reduction = PCA(min(DIMENSIONS, *train.shape), random_state=0).fit(unit_vectors)
        # Rounded as they are stored, so that what is fitted on them fits what is read.
        axes = reduction.components_.astype(np.float16).astype(np.float32)
        mean = unit_vectors.mean(0)
        reduced = (unit_vectors - mean) @ axes.T
        count = min(CLUSTERS, len(reduced))
        clusters = MiniBatchKMeans(count, batch_size=2048, n_init=1, random_state=0).fit(reduced)
        fitted = cls(mean, axes, clusters.cluster_centers_.astype(np.float32), 1.0)
        return replace(fitted, unit=max(float(np.quantile(fitted(val), ACCEPTED)), 1e-9))

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """(N, F) -> (N,) float32, in units; what the components leave out counts as distance from every cluster."""
        centred = directions(features) - self.mean
        reduced = centred @ self.axes.T
        residual = ((centred - reduced @ self.axes) ** 2).sum(1)
        distance: np.ndarray = np.sqrt(cdist(reduced, self.centres).min(1) ** 2 + residual) / self.unit
        return distance.astype(np.float32)


def directions(features: np.ndarray) -> np.ndarray:
    """(N, F) -> the same, each of length 1: what a picture shows rather than how strongly."""
    values: np.ndarray = features.astype(np.float32)
    return values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-9)


@dataclass(frozen=True)
class OutlierScore:
    """How much more a picture is like outliers (core.ood.outliers) than like training cells, by a logistic regression.

    Outlier exposure after Hendrycks, Mazeika & Dietterich, ICLR 2019 (arXiv:1812.04606), on features that stay as
    they are. `weights` (F,) and `bias`: 0 is the middle of validation cells, 1 what ACCEPTED of them do not exceed.
    """

    weights: np.ndarray
    bias: float

    @classmethod
    def fit(cls, train: np.ndarray, outliers: np.ndarray, val: np.ndarray) -> Self:
        """From features (N, F) of training cells, (M, F) of outliers, and features of validation cells."""
        every = np.concatenate([train, outliers]).astype(np.float64)
        mean, spread = every.mean(0), every.std(0)
        spread = np.where(spread > LEAST_SPREAD * max(float(np.median(spread)), 1e-12), spread, np.inf)
        is_outlier = np.arange(len(every)) >= len(train)
        regression = LogisticRegression(C=PENALTY, class_weight="balanced", max_iter=ITERATIONS)
        regression.fit((every - mean) / spread, is_outlier)
        weights = regression.coef_[0] / spread
        scores = val @ weights
        median, last = np.median(scores), np.quantile(scores, ACCEPTED)
        unit = max(float(last - median), 1e-9)
        return cls((weights / unit).astype(np.float32), float(-median / unit))

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """(N, F) -> (N,) float32, in units; below 0 for what is less like outliers than most cells are."""
        scores: np.ndarray = features.astype(np.float32) @ self.weights + np.float32(self.bias)
        return scores


@dataclass(frozen=True)
class OodScore:
    """The larger of two: how far the features before the head lie from the nearest cluster of training cells, and how
    much the features of earlier stages are like outliers. unit: the larger one that ACCEPTED of validation cells keep
    to, so that 1 is the threshold.
    """

    clusters: ClusterDistance
    outliers: OutlierScore
    unit: float

    @classmethod
    def fit(cls, train: np.ndarray, outliers: np.ndarray, val: np.ndarray, head: int) -> Self:
        """From features (N, F) of all stages (core.models.features) of training cells, outliers and validation cells.

        head: how many of the F enter the head.
        """
        score = cls(
            ClusterDistance.fit(train[:, -head:], val[:, -head:]),
            OutlierScore.fit(train[:, :-head], outliers[:, :-head], val[:, :-head]),
            1.0,
        )
        return replace(score, unit=float(np.quantile(score.distance(val), ACCEPTED)))

    def distance(self, features: np.ndarray) -> np.ndarray:
        """(N, F) -> (N,) float32: 1 is as far as the farthest one in a hundred validation cells."""
        head = len(self.clusters.mean)
        larger: np.ndarray = np.maximum(self.clusters(features[:, -head:]), self.outliers(features[:, :-head]))
        return (larger / self.unit).astype(np.float32)

    def tensors(self) -> dict[str, np.ndarray]:
        """As arrays by name, to be stored; laid out in rows, since safetensors writes memory as it lies."""
        arrays = {
            "head.mean": self.clusters.mean,
            "head.axes": self.clusters.axes,
            "head.middles": self.clusters.centres,
            "head.unit": self.clusters.unit,
            "way.weights": self.outliers.weights,
            "way.bias": self.outliers.bias,
            "unit": self.unit,
        }
        return {
            PREFIX + name: np.array(value, np.float16 if name == "head.axes" else np.float32, order="C")
            for name, value in arrays.items()
        }

    @classmethod
    def from_tensors(cls, arrays: dict[str, np.ndarray]) -> Self:
        """The inverse of `tensors`; KeyError where they are not those of such a score."""
        mean, axes, centres, weights = (
            arrays[PREFIX + name].astype(np.float32)
            for name in ("head.mean", "head.axes", "head.middles", "way.weights")
        )
        unit, bias, larger = (float(arrays[PREFIX + name]) for name in ("head.unit", "way.bias", "unit"))
        return cls(ClusterDistance(mean, axes, centres, unit), OutlierScore(weights, bias), larger)
