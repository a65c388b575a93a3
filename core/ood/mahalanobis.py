"""Mahalanobis distance to the nearest class: a score that the one in use is compared with."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from sklearn.covariance import LedoitWolf
from sklearn.decomposition import PCA

from core.ood.scores import ACCEPTED, LEAST_SPREAD


@dataclass(frozen=True)
class ClassDistance:
    """Mahalanobis distance to the nearest class, with what the components leave out counted as one more.

    After Lee et al., NeurIPS 2018 (arXiv:1807.03888), on reduced features. F features reduced to D components,
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
    def fit(cls, train: np.ndarray, labels: np.ndarray, val: np.ndarray, dimensions: int, *, even: bool) -> Self:
        """From features (N, F) and class numbers (N,) of training cells, and features of validation cells.

        dimensions: components at most. even: each feature is measured in its own spread, as is right where they are
        of several units.
        """
        mean, scale = train.mean(0, dtype=np.float64), np.ones(train.shape[1])
        if even:
            spread = train.std(0, dtype=np.float64)
            scale = np.maximum(spread, LEAST_SPREAD * max(float(np.median(spread)), 1e-12))
        standardised = ((train - mean) / scale).astype(np.float32)
        reduction = PCA(min(dimensions, *train.shape), random_state=0).fit(standardised)
        # Rounded as they are stored, so that what is fitted on them fits what is read.
        axes = reduction.components_.astype(np.float16).astype(np.float32)
        reduced = standardised @ axes.T
        present = np.unique(labels)
        centres = np.stack([reduced[labels == label].mean(0) for label in present])
        within = reduced - centres[np.searchsorted(present, labels)]
        whitening = np.linalg.cholesky(LedoitWolf().fit(within).precision_)
        residual = standardised - reduced @ axes
        fitted = cls(
            mean.astype(np.float32),
            axes,
            centres.astype(np.float32),
            whitening.astype(np.float32),
            float(np.sqrt((residual**2).sum(1).mean())) + 1e-6,
            1.0,
            scale.astype(np.float32),
        )
        return replace(fitted, unit=float(np.quantile(fitted(val), ACCEPTED)))

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """(N, F) -> (N,) float32, in units."""
        standardised = (features.astype(np.float32) - self.mean) / self.scale
        reduced = standardised @ self.axes.T
        offsets = (reduced[:, None, :] - self.centres[None]) @ self.whitening
        nearest = (offsets**2).sum(-1).min(1) / reduced.shape[1]
        residual = ((standardised - reduced @ self.axes) ** 2).sum(1) / self.left_out**2
        distance: np.ndarray = np.sqrt(nearest + residual) / self.unit
        return distance.astype(np.float32)
