"""How far a cell lies from everything that a model was trained on, measured in what the model's own network sees."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.cluster import MiniBatchKMeans
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression

DIMENSIONS, KINDS = 32, 200
"""Kept of the features before the head, and groups of training cells there."""

PENALTY, ITERATIONS = 1e-2, 300
"""Of the logistic regression: inverse strength of its L2 penalty, and steps at most."""

ACCEPTED = 0.99
"""Share of validation cells that the gate lets pass; it sets the unit of distance."""

LEAST_SPREAD = 1e-4
"""Below this share of the features' typical spread one counts as constant, lest it outweighs all others."""


@dataclass(frozen=True)
class KindDistance:
    """How far the direction of a picture's features is from those of the nearest kind of training cells.

    After Sun et al., ICML 2022 (arXiv:2204.06507), whose neighbours are single cells; here they are the middles of
    KINDS groups (k-means), which tell as much and take little room. F features of which D dimensions are kept:
    `mean` (F,), `axes` (D, F), `middles` (KINDS, D), `unit` the distance that ACCEPTED of validation cells keep to.
    """

    mean: np.ndarray
    axes: np.ndarray
    middles: np.ndarray
    unit: float

    @classmethod
    def fit(cls, train: np.ndarray, val: np.ndarray) -> Self:
        """From features (N, F) of training cells and (M, F) of validation cells."""
        taken = directions(train)
        reduction = PCA(min(DIMENSIONS, *train.shape), random_state=0).fit(taken)
        # Rounded as they are stored, so that what is fitted on them fits what is read.
        axes = reduction.components_.astype(np.float16).astype(np.float32)
        mean = taken.mean(0)
        kept = (taken - mean) @ axes.T
        groups = MiniBatchKMeans(min(KINDS, len(kept)), batch_size=2048, n_init=1, random_state=0).fit(kept)
        fitted = cls(mean, axes, groups.cluster_centers_.astype(np.float32), 1.0)
        return replace(fitted, unit=max(float(np.quantile(fitted(val), ACCEPTED)), 1e-9))

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """(N, F) -> (N,) float32, in units; what lies beside the kept dimensions counts as far from all kinds."""
        taken = directions(features) - self.mean
        kept = taken @ self.axes.T
        beside = ((taken - kept @ self.axes) ** 2).sum(1)
        distance: np.ndarray = np.sqrt(cdist(kept, self.middles).min(1) ** 2 + beside) / self.unit
        return distance.astype(np.float32)


def directions(features: np.ndarray) -> np.ndarray:
    """(N, F) -> the same, each of length 1: what a picture shows rather than how strongly."""
    taken: np.ndarray = features.astype(np.float32)
    return taken / np.maximum(np.linalg.norm(taken, axis=1, keepdims=True), 1e-9)


@dataclass(frozen=True)
class DecoyDistance:
    """How much more a picture is like decoys (core.ood.outliers) than like training cells, by a logistic regression.

    Outlier exposure after Hendrycks, Mazeika & Dietterich, ICLR 2019 (arXiv:1812.04606), on features that stay as
    they are. `weights` (F,) and `bias`: 0 is the middle of validation cells, 1 what ACCEPTED of them do not exceed.
    """

    weights: np.ndarray
    bias: float

    @classmethod
    def fit(cls, train: np.ndarray, decoys: np.ndarray, val: np.ndarray) -> Self:
        """From features (N, F) of training cells, (M, F) of decoys, and features of validation cells."""
        every = np.concatenate([train, decoys]).astype(np.float64)
        mean, spread = every.mean(0), every.std(0)
        spread = np.where(spread > LEAST_SPREAD * max(float(np.median(spread)), 1e-12), spread, np.inf)
        known = np.arange(len(every)) < len(train)
        regression = LogisticRegression(C=PENALTY, class_weight="balanced", max_iter=ITERATIONS)
        regression.fit((every - mean) / spread, ~known)
        weights = regression.coef_[0] / spread
        told = val @ weights
        middle, last = np.median(told), np.quantile(told, ACCEPTED)
        unit = max(float(last - middle), 1e-9)
        return cls((weights / unit).astype(np.float32), float(-middle / unit))

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """(N, F) -> (N,) float32, in units; below 0 for what is farther from decoys than most cells."""
        told: np.ndarray = features.astype(np.float32) @ self.weights + np.float32(self.bias)
        return told


@dataclass(frozen=True)
class Gate:
    """The larger of two: how far what enters the head lies from the nearest kind of training cells, and how much what
    a network sees on its way there is like decoys. unit: the larger one that ACCEPTED of validation cells keep to.
    """

    head: KindDistance
    way: DecoyDistance
    unit: float

    @classmethod
    def fit(cls, train: np.ndarray, decoys: np.ndarray, val: np.ndarray, head: int) -> Self:
        """From what is seen (N, F) of training cells (core.models.features), of decoys and of validation cells.

        head: how many of the F enter the head.
        """
        gate = cls(
            KindDistance.fit(train[:, -head:], val[:, -head:]),
            DecoyDistance.fit(train[:, :-head], decoys[:, :-head], val[:, :-head]),
            1.0,
        )
        return replace(gate, unit=float(np.quantile(gate.distance(val), ACCEPTED)))

    def distance(self, seen: np.ndarray) -> np.ndarray:
        """(N, F) -> (N,) float32: 1 is as far as the farthest one in a hundred validation cells."""
        head = len(self.head.mean)
        larger: np.ndarray = np.maximum(self.head(seen[:, -head:]), self.way(seen[:, :-head])) / self.unit
        return larger.astype(np.float32)

    def tensors(self) -> dict[str, np.ndarray]:
        """As arrays by name, to be stored; laid out in rows, since safetensors writes memory as it lies."""
        parts = {f"gate.{part}.{name}": value for part in PARTS for name, value in vars(getattr(self, part)).items()}
        return {
            name: np.array(value, np.float16 if name.endswith(".axes") else np.float32, order="C")
            for name, value in (parts | {"gate.unit": self.unit}).items()
        }

    @classmethod
    def from_tensors(cls, arrays: dict[str, np.ndarray]) -> Self:
        """The inverse of `tensors`; KeyError where they are not those of such a gate."""
        mean, axes, middles = (arrays[f"gate.head.{name}"].astype(np.float32) for name in ("mean", "axes", "middles"))
        unit, bias, larger = (float(arrays[f"gate.{name}"]) for name in ("head.unit", "way.bias", "unit"))
        head = KindDistance(mean, axes, middles, unit)
        return cls(head, DecoyDistance(arrays["gate.way.weights"], bias), larger)


PARTS = ("head", "way")
