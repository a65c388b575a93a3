"""How true probabilities are: calibration error, Brier score, likelihood."""

import numpy as np
import numpy.typing as npt

from core.evaluation.metrics.registry import OVERALL_METRICS, OverallMetric
from core.evaluation.probabilities import Floats, checked_probabilities


def ece(probabilities: npt.ArrayLike, labels: npt.ArrayLike, bins: int = 15) -> float:
    """Expected calibration error: how far confidence and share of right predictions lie apart, on average.

    sum over bins of (n_b / N) |right predictions in b / n_b - mean confidence in b|, where confidence is the
    largest probability and bins hold (nearly) equally many images. Images of equal confidence always
    share a bin, so that the order of images cannot change the figure.
    probabilities: (N, K); labels: (N,) class numbers. In 0..1, NaN without images.
    Sources: Naeini et al. 2015, AAAI; equal-mass bins: Nixon et al. 2019, CVPR workshops.
    """
    if bins < 1:
        raise ValueError(f"calibration needs at least one bin, got {bins}")
    p, truth = checked_probabilities(probabilities, labels)
    if not len(p):
        return float("nan")
    confidence = p.max(axis=1)
    right = p.argmax(axis=1) == truth
    surplus = np.bincount(equal_mass(confidence, bins), weights=confidence - right, minlength=bins)
    return float(np.abs(surplus).sum() / len(p))


def equal_mass(confidence: Floats, bins: int) -> npt.NDArray[np.intp]:
    """The bin of each image, (N,) in 0..bins-1, the least confident first: (nearly) equally many in each.

    confidence: (N,). Images of equal confidence share a bin. ValueError without bins.
    """
    if bins < 1:
        raise ValueError(f"calibration needs at least one bin, got {bins}")
    _, tie, size = np.unique(confidence, return_inverse=True, return_counts=True)
    middle = np.cumsum(size) - size / 2  # where the middle image of each group of ties stands among all
    return (middle[tie] * bins / max(len(confidence), 1)).astype(np.intp)


def brier(probabilities: npt.ArrayLike, labels: npt.ArrayLike) -> float:
    """Mean squared distance between probabilities and truth, summed over classes: 0 (perfect) to 2.

    mean over images of sum_k (p_k - [k is the true class])^2. probabilities: (N, K); labels: (N,)
    class numbers. NaN without images. Source: Brier 1950, Monthly Weather Review 78(1), original form.
    """
    p, truth = checked_probabilities(probabilities, labels)
    if not len(p):
        return float("nan")
    return float(((p - np.eye(p.shape[1])[truth]) ** 2).sum(axis=1).mean())


def negative_log_likelihood(probabilities: npt.ArrayLike, labels: npt.ArrayLike) -> float:
    """Mean of -ln(probability given to the true class), in nats; 0 is perfect. NaN without images.

    probabilities: (N, K); labels: (N,) class numbers. Probabilities below 2.2e-16 count as that much,
    as in scikit-learn, so that one image cannot make the figure infinite.
    """
    p, truth = checked_probabilities(probabilities, labels)
    if not len(p):
        return float("nan")
    of_true = p[np.arange(len(p)), truth]
    return float(-np.log(np.clip(of_true, np.finfo(np.float64).eps, 1.0)).mean())


OVERALL_METRICS.add(
    OverallMetric(
        name="ece",
        title="Calibration error",
        meaning="How far the model's confidence and the share of right answers lie apart, on average.",
        order=7,
        better="down",
        of_probabilities=ece,
        head="Calib. error",
        abbreviation="ECE",
        digits=1,
        places=frozenset(("report", "tables")),
    )
)

OVERALL_METRICS.add(
    OverallMetric(
        name="brier",
        title="Brier score",
        meaning="The mean squared distance between probabilities and truth, summed over the classes.",
        order=8,
        high=2.0,
        better="down",
        share=False,
        of_probabilities=brier,
        places=frozenset(),
    )
)

OVERALL_METRICS.add(
    OverallMetric(
        name="likelihood",
        title="Negative log-likelihood",
        meaning="The mean of -ln of the probability given to the true class, in nats.",
        order=9,
        high=float("inf"),
        better="down",
        share=False,
        of_probabilities=negative_log_likelihood,
        places=frozenset(),
    )
)
