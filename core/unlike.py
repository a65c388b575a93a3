"""How far a cell lies from everything that a model was trained on, measured in the model's own features."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from sklearn.covariance import LedoitWolf
from sklearn.decomposition import PCA

DIMENSIONS = 48
ACCEPTED = 0.99
"""Share of validation cells that the gate lets pass; it sets the unit of distance."""


@dataclass(frozen=True)
class Gate:
    """Mahalanobis distance to the nearest class, with what the kept dimensions leave out counted as one more.

    After Lee et al., NeurIPS 2018 (arXiv:1807.03888), on reduced features. F features of which D are kept,
    K classes. `mean` (F,), `axes` (D, F), `centres` (K, D), `whitening` (D, D), `left_out` the usual
    length of what is left out, `unit` the distance that ACCEPTED of validation cells do not exceed.
    """

    mean: np.ndarray
    axes: np.ndarray
    centres: np.ndarray
    whitening: np.ndarray
    left_out: float
    unit: float

    @classmethod
    def fit(cls, train: np.ndarray, labels: np.ndarray, val: np.ndarray) -> Self:
        """From features (N, F) and class numbers (N,) of training cells, and features of validation cells."""
        reduction = PCA(min(DIMENSIONS, *train.shape), random_state=0).fit(train)
        kept = reduction.transform(train)
        present = np.unique(labels)
        centres = np.stack([kept[labels == label].mean(0) for label in present])
        within = kept - centres[np.searchsorted(present, labels)]
        precision = LedoitWolf().fit(within).precision_
        whitening = np.linalg.cholesky(precision)
        rest = train - reduction.mean_ - kept @ reduction.components_
        gate = cls(
            reduction.mean_.astype(np.float32),
            reduction.components_.astype(np.float32),
            centres.astype(np.float32),
            whitening.astype(np.float32),
            float(np.sqrt((rest**2).sum(1).mean())) + 1e-6,
            1.0,
        )
        return replace(gate, unit=float(np.quantile(gate.distance(val), ACCEPTED)))

    def distance(self, features: np.ndarray) -> np.ndarray:
        """(N, F) -> (N,) float32: 1 is as far as the farthest one in a hundred validation cells."""
        centred = features.astype(np.float32) - self.mean
        kept = centred @ self.axes.T
        apart = (kept[:, None, :] - self.centres[None]) @ self.whitening
        nearest = (apart**2).sum(-1).min(1) / kept.shape[1]
        rest = ((centred - kept @ self.axes) ** 2).sum(1) / self.left_out**2
        distance: np.ndarray = np.sqrt(nearest + rest) / self.unit
        return distance.astype(np.float32)

    def tensors(self) -> dict[str, np.ndarray]:
        """As arrays by name, to be stored; laid out in rows, since safetensors writes memory as it lies."""
        arrays = {name: np.array(value, np.float32, order="C") for name, value in vars(self).items()}
        return {f"gate.{name}": value for name, value in arrays.items()}

    @classmethod
    def from_tensors(cls, arrays: dict[str, np.ndarray]) -> Self:
        """The inverse of `tensors`."""
        mean, axes, centres, whitening = (arrays[f"gate.{name}"] for name in ("mean", "axes", "centres", "whitening"))
        return cls(mean, axes, centres, whitening, float(arrays["gate.left_out"]), float(arrays["gate.unit"]))
