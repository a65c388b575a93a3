"""How far a cell lies from everything that a model was trained on, measured in what the model's own network sees."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from sklearn.covariance import LedoitWolf
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression

DIMENSIONS = 48
"""Kept of the features before the head."""

PENALTY, ITERATIONS = 1e-2, 300
"""Of the logistic regression: inverse strength of its L2 penalty, and steps at most."""

ACCEPTED = 0.99
"""Share of validation cells that the gate lets pass; it sets the unit of distance."""

LEAST_SPREAD = 1e-4
"""Below this share of the features' typical spread one counts as constant, lest it outweighs all others."""


@dataclass(frozen=True)
class ClassDistance:
    """Mahalanobis distance to the nearest class, with what the kept dimensions leave out counted as one more.

    After Lee et al., NeurIPS 2018 (arXiv:1807.03888), on reduced features. F features of which D are kept,
    K classes. `mean` and `scale` (F,): features are taken as (feature - mean) / scale. `axes` (D, F), `centres`
    (K, D), `whitening` (D, D), `left_out` the usual length of what is left out, `unit` the distance that ACCEPTED
    of validation cells do not exceed.
    """

    mean: np.ndarray
    axes: np.ndarray
    centres: np.ndarray
    whitening: np.ndarray
    left_out: float
    unit: float
    scale: np.ndarray

    @classmethod
    def fit(cls, train: np.ndarray, labels: np.ndarray, val: np.ndarray, most: int, even: bool) -> Self:
        """From features (N, F) and class numbers (N,) of training cells, and features of validation cells.

        most: dimensions that are kept. even: each feature is measured in its own spread, as is right where they are
        of several units.
        """
        mean, scale = train.mean(0, dtype=np.float64), np.ones(train.shape[1])
        if even:
            spread = train.std(0, dtype=np.float64)
            scale = np.maximum(spread, LEAST_SPREAD * max(float(np.median(spread)), 1e-12))
        taken = ((train - mean) / scale).astype(np.float32)
        reduction = PCA(min(most, *train.shape), random_state=0).fit(taken)
        # Rounded as they are stored, so that what is fitted on them fits what is read.
        axes = reduction.components_.astype(np.float16).astype(np.float32)
        kept = taken @ axes.T
        present = np.unique(labels)
        centres = np.stack([kept[labels == label].mean(0) for label in present])
        within = kept - centres[np.searchsorted(present, labels)]
        whitening = np.linalg.cholesky(LedoitWolf().fit(within).precision_)
        rest = taken - kept @ axes
        fitted = cls(
            mean.astype(np.float32),
            axes,
            centres.astype(np.float32),
            whitening.astype(np.float32),
            float(np.sqrt((rest**2).sum(1).mean())) + 1e-6,
            1.0,
            scale.astype(np.float32),
        )
        return replace(fitted, unit=float(np.quantile(fitted(val), ACCEPTED)))

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """(N, F) -> (N,) float32, in units."""
        taken = (features.astype(np.float32) - self.mean) / self.scale
        kept = taken @ self.axes.T
        apart = (kept[:, None, :] - self.centres[None]) @ self.whitening
        nearest = (apart**2).sum(-1).min(1) / kept.shape[1]
        rest = ((taken - kept @ self.axes) ** 2).sum(1) / self.left_out**2
        distance: np.ndarray = np.sqrt(nearest + rest) / self.unit
        return distance.astype(np.float32)


@dataclass(frozen=True)
class DecoyDistance:
    """How much more a picture is like decoys (core.decoys) than like training cells, by a logistic regression.

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
    """The larger of two: how far what enters the head lies from the nearest class, and how much what a network sees
    on its way there is like decoys. unit: the larger one that ACCEPTED of validation cells do not exceed.
    """

    head: ClassDistance
    way: DecoyDistance
    unit: float

    @classmethod
    def fit(cls, train: np.ndarray, labels: np.ndarray, decoys: np.ndarray, val: np.ndarray, head: int) -> Self:
        """From what is seen (N, F) of training cells (core.models.watching), their class numbers (N,), and what is
        seen of decoys and of validation cells. head: how many of the F enter the head.
        """
        gate = cls(
            ClassDistance.fit(train[:, -head:], labels, val[:, -head:], DIMENSIONS, even=False),
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
        mean, axes, centres, whitening, scale = (
            arrays[f"gate.head.{name}"].astype(np.float32) for name in ("mean", "axes", "centres", "whitening", "scale")
        )
        left_out, unit, bias, larger = (
            float(arrays[f"gate.{name}"]) for name in ("head.left_out", "head.unit", "way.bias", "unit")
        )
        head = ClassDistance(mean, axes, centres, whitening, left_out, unit, scale)
        return cls(head, DecoyDistance(arrays["gate.way.weights"], bias), larger)


PARTS = ("head", "way")
