"""What is fitted on validation cells and lies in a model's card: calibration and thresholds of prediction sets."""

import numpy as np
import numpy.typing as npt

from core.evaluation.metrics.calibration import negative_log_likelihood
from core.evaluation.probabilities import checked_probabilities, log_probabilities, softmax, temperature_scaled
from core.storage import StoredModel


class Calibration(StoredModel):
    """From a network's probabilities to calibrated ones, fitted on validation.

    softmax(ln p / temperature), which is softmax(logits / temperature); or, where there are factors and shifts, one
    of each a class in the order of the label space, softmax(factor * ln p + shift) in its place.
    """

    temperature: float = 1.0
    factors: tuple[float, ...] | None = None
    shifts: tuple[float, ...] | None = None

    def _values(self) -> tuple[np.ndarray, np.ndarray]:
        if self.factors is None or self.shifts is None:
            return np.array(1 / self.temperature), np.array(0.0)
        return np.array(self.factors), np.array(self.shifts)

    def apply(self, probabilities: np.ndarray) -> np.ndarray:
        """(N, K) as the network gives them -> calibrated, (N, K) float64."""
        factors, shifts = self._values()
        return softmax(log_probabilities(probabilities) * factors + shifts)

    def undo(self, calibrated: np.ndarray) -> np.ndarray:
        """The inverse of `apply`, (N, K) -> (N, K) float64: of a cell's logarithms only a constant is unknown."""
        factors, shifts = self._values()
        logs = log_probabilities(calibrated) - shifts
        if factors.ndim == 0:
            return softmax(logs / factors)
        # The constant with which the probabilities add up to 1, by halving; the likeliest class is between both ends.
        low = -logs.max(axis=1, keepdims=True) - factors.max() * np.log(len(factors))
        high = -logs.max(axis=1, keepdims=True)
        for _ in range(60):
            middle = (low + high) / 2
            over = np.exp((logs + middle) / factors).sum(axis=1, keepdims=True) > 1
            low, high = np.where(over, low, middle), np.where(over, middle, high)
        return softmax((logs + high) / factors)

    def like(self, other: "Calibration", tolerance: float) -> bool:
        """Whether both are of one kind and their numbers differ by no more than this, relatively."""
        return (self.factors is None) == (other.factors is None) and all(
            np.allclose(ours, theirs, rtol=tolerance, atol=tolerance)
            for ours, theirs in zip(self._values(), other._values(), strict=True)
        )


class PredictionSets(StoredModel):
    """Thresholds for prediction sets, fitted on validation: method -> level ("99") -> one, or one a class.

    See core.evaluation.conformal; None: no threshold, every class is in.
    """

    thresholds: dict[str, dict[str, tuple[float | None, ...]]]


def fit_temperature(probabilities: npt.ArrayLike, labels: npt.ArrayLike, labs: npt.ArrayLike | None = None) -> float:
    """The temperature with the least negative log-likelihood (Guo et al., ICML 2017, arXiv:1706.04599).

    probabilities: (N, K) of images that were not learned from; labels: (N,) class numbers; labs: (N,) whose images
    count as much in all as those of any other, however many they are.
    """
    from scipy.optimize import minimize_scalar  # slow to import, and wanted only here

    p, truth = checked_probabilities(probabilities, labels)
    rows_of = [slice(None)] if labs is None else [np.asarray(labs) == lab for lab in np.unique(np.asarray(labs))]

    def loss(log_temperature: float) -> float:
        scaled = temperature_scaled(p, float(np.exp(log_temperature)))
        return float(np.mean([negative_log_likelihood(scaled[rows], truth[rows]) for rows in rows_of]))

    return float(np.exp(minimize_scalar(loss, bounds=(-2.0, 2.0), method="bounded").x))
