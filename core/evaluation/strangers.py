"""How models read laboratories that they did not learn from, and how their doubt is fitted on other such laboratories.

A laboratory that was left out is read by a network that never saw it. What makes its probabilities calibrated and its
doubtful answers silent is fitted on the other laboratories, each read as a stranger too, and never on itself.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from core.evaluation.bootstrap import bootstrap, resampled_counts
from core.evaluation.calibration import fit_temperature
from core.evaluation.intervals import Interval, percentile_interval
from core.evaluation.metrics.calibration import ece
from core.evaluation.metrics.sensitivity import balanced_accuracy
from core.evaluation.probabilities import Floats, temperature_scaled
from core.evaluation.ranking import area_interval
from core.evaluation.results.predictions import GROUP, Predictions
from core.evaluation.selective import AIM, RiskCoverage, aurc_interval, risk_coverage, safe_threshold

RESAMPLES = 200
"""Of the calibration error, whose groups are made anew in every sample."""

UNKNOWN = Interval(float("nan"), float("nan"), float("nan"))


@dataclass(frozen=True)
class StrangerAnswers:
    """What networks say of N >= 1 cells of one laboratory, several networks perhaps of the same cells.

    labels: (N,) class numbers; probabilities: (N, K); groups: (N,) what is resampled as a whole, a slide, video, day or
    photo, else the cell; distances: (N,) from the training cells, NaN where not measured.
    """

    labels: npt.NDArray[np.intp]
    probabilities: Floats
    groups: npt.NDArray[np.str_]
    distances: Floats


@dataclass(frozen=True)
class LaboratoryFit:
    """temperature: of probabilities; threshold: below this calibrated probability there is no answer."""

    temperature: float
    threshold: float


@dataclass(frozen=True)
class StrangerScore:
    """Figures on n cells in `units` groups of a laboratory, with 95 % bootstrap intervals that draw whole groups.

    balanced: mean sensitivity over the classes that the laboratory has, all answers of the network counted. wrong: of
    all cells those answered wrongly; coverage: those answered; ece: calibration error. They are unknown (NaN) without a
    fit. aurc: area under the risk-coverage curve. ood_area: the chance that a wrong answer lies further from the
    training cells than a right one. draws: (B,) of balanced, wrong and coverage.
    """

    n: int
    units: int
    present: int
    fit: LaboratoryFit | None
    balanced: Interval
    wrong: Interval
    coverage: Interval
    aurc: Interval
    ece: Interval
    ood_area: Interval
    draws: Mapping[str, Floats] = field(repr=False, compare=False)


def pooled(tables: Sequence[Predictions]) -> StrangerAnswers:
    """The answers of one or more networks to cells of one laboratory; cells of several networks stay together."""
    return StrangerAnswers(
        labels=np.concatenate([table.labels for table in tables]),
        probabilities=np.concatenate([table.probabilities for table in tables]),
        groups=np.concatenate([_units(table) for table in tables]),
        distances=np.concatenate([table.table["distance"].to_numpy(np.float64) for table in tables]),
    )


def fit_over_laboratories(answers: Mapping[str, StrangerAnswers], aim: float = AIM) -> LaboratoryFit:
    """A temperature and the lowest threshold at which at most `aim` of the cells of each laboratory are answered
    wrongly, from what networks say of laboratories that they never saw; each laboratory counts alike.

    ValueError without laboratories.
    """
    p = np.concatenate([one.probabilities for one in answers.values()])
    labels = np.concatenate([one.labels for one in answers.values()])
    labs = np.repeat(np.arange(len(answers)), [len(one.labels) for one in answers.values()])
    temperature = fit_temperature(p, labels, labs)
    cells = {lab: _confidence(one, temperature) for lab, one in answers.items()}
    return LaboratoryFit(temperature, safe_threshold(cells, aim))


def cross_fits(answers: Mapping[str, StrangerAnswers], aim: float = AIM) -> dict[str, LaboratoryFit]:
    """By laboratory, the fit on all the others; empty where there are no others."""
    if len(answers) < 2:
        return {}
    return {
        lab: fit_over_laboratories({other: one for other, one in answers.items() if other != lab}, aim)
        for lab in answers
    }


def stranger_score(answers: StrangerAnswers, fit: LaboratoryFit | None, *, seed: int = 0) -> StrangerScore:
    """Figures of one laboratory. seed: of the samples, so that laboratories are drawn independently of each other."""
    k, temperature = answers.probabilities.shape[1], fit.temperature if fit else 1.0
    p = temperature_scaled(answers.probabilities, temperature)
    confidence, wrong = _confidence(answers, temperature)
    answered = confidence >= fit.threshold if fit else np.ones(len(p), bool)
    cells = (answers.labels * k + p.argmax(1)) * 2 + answered
    counts = np.bincount(cells, minlength=2 * k * k).reshape(1, k, k, 2)
    units = len(np.unique(answers.groups))
    groups = answers.groups if units < len(p) else None  # drawn singly, which is the same and quicker
    drawn = resampled_counts(cells, 2 * k * k, groups, seed=seed).reshape(-1, k, k, 2)
    values, draws = _shares(counts), _shares(drawn)
    figures = {name: percentile_interval(float(values[name][0]), draws[name]) for name in values}
    return StrangerScore(
        n=len(p),
        units=units,
        present=int((counts.sum((0, 2, 3)) > 0).sum()),
        fit=fit,
        balanced=figures["balanced"],
        wrong=figures["wrong"] if fit else UNKNOWN,
        coverage=figures["coverage"] if fit else UNKNOWN,
        aurc=aurc_interval(confidence, wrong, groups, seed=seed),
        ece=bootstrap(ece, p, answers.labels, groups=groups, n_resamples=RESAMPLES, seed=seed) if fit else UNKNOWN,
        ood_area=_ood_area(answers, wrong),
        draws=draws,
    )


def mean_of(scores: Mapping[str, StrangerScore], figure: str = "balanced") -> Interval:
    """Mean of a figure (balanced, wrong or coverage) over laboratories, each counted alike and drawn for itself."""
    return _over(scores, figure, np.mean)


def worst_of(scores: Mapping[str, StrangerScore], figure: str = "balanced") -> Interval:
    """The figure of the laboratory where it is worst, drawn as whichever is worst in each sample: the lowest balanced
    accuracy or coverage, the highest share of wrong answers."""
    return _over(scores, figure, np.max if figure == "wrong" else np.min)


def curve(answers: StrangerAnswers, fit: LaboratoryFit | None) -> RiskCoverage:
    """Risk against coverage of one laboratory's cells, by calibrated probability."""
    return risk_coverage(*_confidence(answers, fit.temperature if fit else 1.0))


def _over(scores: Mapping[str, StrangerScore], figure: str, take: Callable[..., Any]) -> Interval:
    values = [getattr(score, figure).value for score in scores.values()]
    draws = np.stack([score.draws[figure] for score in scores.values()])
    return percentile_interval(float(take(values)), take(draws, axis=0))


def _shares(counts: npt.NDArray[np.int64]) -> dict[str, Floats]:
    """(B, true, said, answered or not) counts -> balanced accuracy and shares of all cells, (B,) each."""
    total = counts.sum((1, 2, 3))
    answered = counts[..., 1]
    right = np.trace(answered, axis1=1, axis2=2)
    return {
        "balanced": np.asarray(balanced_accuracy(counts.sum(-1))),
        "wrong": (answered.sum((1, 2)) - right) / total,
        "coverage": answered.sum((1, 2)) / total,
    }


def _confidence(answers: StrangerAnswers, temperature: float) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """The calibrated probability of each answer, and whether it is wrong: (N,) both."""
    p = temperature_scaled(answers.probabilities, temperature)
    return p.max(axis=1), p.argmax(axis=1) != answers.labels


def _ood_area(answers: StrangerAnswers, wrong: npt.NDArray[np.bool_]) -> Interval:
    measured = ~np.isnan(answers.distances)
    if not measured.any() or len(np.unique(wrong[measured])) < 2:
        return UNKNOWN
    return area_interval(answers.distances[measured], wrong[measured], answers.groups[measured])


def _units(table: Predictions) -> npt.NDArray[np.str_]:
    """What each cell shares with others; its key where it shares nothing."""
    names: npt.NDArray[np.str_] = table.table["key"].to_numpy(np.str_)
    if GROUP not in table.table:
        return names
    groups = table.table[GROUP].to_numpy(np.str_)
    return np.where(groups == "", names, groups)
