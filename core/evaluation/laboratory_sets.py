"""How often prediction sets hold the right class in each laboratory, and by how many classes they hold."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.evaluation import conformal
from core.evaluation.bootstrap import bootstrap
from core.evaluation.calibration import fit_temperature
from core.evaluation.intervals import Interval, Rate, wilson
from core.evaluation.probabilities import Floats, temperature_scaled
from core.evaluation.strangers import StrangerAnswers

RESAMPLES = 500


@dataclass(frozen=True)
class LaboratoryCoverage:
    """Sets of n cells of one laboratory. held: share that holds the right class; size: classes in a set, on average;
    both with bootstrap intervals that draw whole groups. by_size: of the sets of each size that occurs, from 0 up, the
    share that holds the right class, with Wilson's interval and how many there are.
    """

    n: int
    held: Interval
    size: Interval
    by_size: Mapping[int, Rate]


def set_coverage(answers: StrangerAnswers, limits: npt.ArrayLike, method: str = conformal.SHOWN) -> LaboratoryCoverage:
    """Coverage of the sets of calibrated answers. limits: (1,) or (K,), as `conformal.thresholds` gives them."""
    inside = conformal.members(answers.probabilities, method, limits)
    size = inside.sum(axis=1)
    right = inside[np.arange(len(size)), answers.labels]
    groups = answers.groups if len(np.unique(answers.groups)) < len(size) else None
    held, mean = (
        bootstrap(lambda drawn: float(drawn.mean()), values.astype(float), groups=groups, n_resamples=RESAMPLES)
        for values in (right, size)
    )
    by_size = {int(k): wilson(int(right[size == k].sum()), int((size == k).sum())) for k in np.unique(size)}
    return LaboratoryCoverage(len(size), held, mean, by_size)


def cross_fitted_coverage(
    answers: Mapping[str, StrangerAnswers], method: str = conformal.SHOWN, level: float = conformal.CERTAINTY
) -> dict[str, LaboratoryCoverage]:
    """By laboratory, coverage of sets whose temperature and limits are fitted on all the others, never on itself.

    answers: by laboratory, what a network that never saw it says, not calibrated. Empty where there are no others.
    """
    coverages = {}
    for lab, read in answers.items() if len(answers) > 1 else ():
        others = [one for name, one in answers.items() if name != lab]
        labels = np.concatenate([one.labels for one in others])
        p: Floats = np.concatenate([one.probabilities for one in others])
        labs = np.repeat(np.arange(len(others)), [len(one.labels) for one in others])
        temperature = fit_temperature(p, labels, labs)
        limits = conformal.thresholds(temperature_scaled(p, temperature), labels, method, level)
        calibrated = StrangerAnswers(
            read.labels, temperature_scaled(read.probabilities, temperature), read.groups, read.distances
        )
        coverages[lab] = set_coverage(calibrated, limits, method)
    return coverages
