"""The area under the ROC curve, by class and as a mean over the classes."""

import numpy as np
import numpy.typing as npt

from core.evaluation.metrics.registry import CLASS_METRICS, OVERALL_METRICS, OverallMetric, RankingMetric
from core.evaluation.probabilities import Floats, checked_probabilities
from core.evaluation.ranking import area_interval, blocks_of, roc_area


def class_areas(probabilities: npt.ArrayLike, labels: npt.ArrayLike) -> Floats:
    """Area under the ROC curve of each class against all others: (K,), NaN where the class or its opposite is absent.

    probabilities: (N, K); labels: (N,) class numbers.
    """
    p, truth = checked_probabilities(probabilities, labels)
    if not len(p):
        return np.full(p.shape[1], np.nan)
    return np.array([float(roc_area(blocks_of(p[:, k], truth == k)[1])) for k in range(p.shape[1])])


def mean_area(probabilities: npt.ArrayLike, labels: npt.ArrayLike) -> float:
    """The mean over the classes whose area is defined; NaN where none is."""
    return float(defined_mean(class_areas(probabilities, labels)))


def defined_mean(areas: Floats) -> Floats:
    """(K, ...) areas -> (...) means over those that are defined, NaN where none is."""
    defined = ~np.isnan(areas)
    total = np.where(defined, areas, 0).sum(0)
    return np.divide(total, defined.sum(0), out=np.full(total.shape, np.nan), where=defined.any(0))


AUC = RankingMetric(
    name="auc",
    title="AUC",
    meaning=(
        "The chance that a cell of the class gets a higher probability for it than a cell of another class "
        "(the area under the ROC curve): how well the model ranks, wherever the line is drawn."
    ),
    order=5,
    function=area_interval,
)

CLASS_METRICS.add(AUC)

OVERALL_METRICS.add(
    OverallMetric(
        name="auc",
        title="AUC",
        meaning="The mean over the classes of the area under the ROC curve.",
        order=10,
        of_probabilities=mean_area,
        mean_of=AUC,
        places=frozenset(("studies",)),
    )
)
