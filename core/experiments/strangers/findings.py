"""What the recorded ingredients show: each laboratory read by the network that never saw it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import isnan
from pathlib import Path
from typing import Any

from core.datasets.laboratories import training_laboratories
from core.evaluation.domain_shift import mean_gain
from core.evaluation.intervals import Interval
from core.evaluation.results.left_out import fold_name, stranger_cells
from core.evaluation.results.predictions import Predictions
from core.evaluation.results.records import Record, records
from core.evaluation.selective import RiskCoverage
from core.evaluation.strangers import (
    UNKNOWN,
    LaboratoryFit,
    StrangerAnswers,
    StrangerScore,
    cross_fits,
    curve,
    fit_over_laboratories,
    mean_of,
    pooled,
    stranger_score,
    worst_of,
)
from core.experiments.strangers.runs import EXPERIMENT, JUDGE, Ingredient

BASE_NAME = "base"
"""The ingredient that all others are compared with."""


@dataclass(frozen=True)
class IngredientResult:
    """The recorded folds of an ingredient, some of them perhaps missing, scored when asked.

    folds: by the laboratory left out. test: figures are of test cells, else of those by which may be chosen. What is
    fitted, is fitted on the latter alone.
    """

    ingredient: Ingredient
    folds: Mapping[str, Record]
    test: bool = False

    @cached_property
    def tables(self) -> dict[str, Predictions]:
        """Everything that each fold's network was asked, by the laboratory left out."""
        return {lab: record.predictions() for lab, record in self.folds.items()}

    @cached_property
    def fits(self) -> dict[str, LaboratoryFit]:
        """By laboratory that is read, what its doubt is fitted by: the other strangers, of JUDGE all of them."""
        answers = {lab: pooled([self.cells(lab, lab, test=False)]) for lab in self.folds}
        return cross_fits(answers) | ({JUDGE: fit_over_laboratories(answers)} if answers else {})

    @cached_property
    def scores(self) -> dict[str, StrangerScore]:
        """By laboratory left out."""
        return {
            lab: stranger_score(self.answers(lab), self.fits.get(lab), seed=seed) for seed, lab in enumerate(self.folds)
        }

    @cached_property
    def judged(self) -> StrangerScore:
        """JUDGE, read by the network of every fold."""
        return stranger_score(self.answers(JUDGE), self.fits[JUDGE])

    def answers(self, lab: str) -> StrangerAnswers:
        """What is said of a laboratory by the network that never saw it, of JUDGE by all of them."""
        return pooled([self.cells(fold, lab, test=self.test) for fold in ([lab] if lab != JUDGE else self.folds)])

    def cells(self, fold: str, lab: str, *, test: bool) -> Predictions:
        """What the network of a fold says of a laboratory's cells, those of doubted labels left out."""
        return stranger_cells(self.tables[fold], lab, test=test)

    @property
    def seconds(self) -> float:
        """CPU time of all trainings, as far as it is recorded."""
        return sum(float(record.facts.training.get("cpu_seconds", 0)) for record in self.folds.values())


def ingredient_results(root: Path | None = None, *, test: bool = False) -> dict[str, IngredientResult]:
    """By name, the ingredients of which a fold is recorded, in the order in which they are declared."""
    recorded = {record.facts.name: record for record in records(EXPERIMENT.name, root)}
    results = {}
    for ingredient in EXPERIMENT.runs:
        names = {lab: fold_name(ingredient.name, lab) for lab in training_laboratories()}
        folds = {lab: recorded[name] for lab, name in names.items() if name in recorded}
        if folds:
            results[ingredient.name] = IngredientResult(ingredient, folds, test)
    return results


def risk_curves(result: IngredientResult) -> dict[str, RiskCoverage]:
    """By laboratory, how often answers are wrong as more of its cells are answered; of JUDGE by all networks."""
    return {lab: curve(result.answers(lab), result.fits.get(lab)) for lab in (*result.folds, JUDGE)}


def gain(result: IngredientResult, base: IngredientResult, lab: str | None = None) -> Interval:
    """Balanced accuracy less that of the base on the same cells: mean over the laboratories that both left out, or of
    one. Unknown where they share none."""
    shared = [one for one in result.folds if one in base.folds]
    if lab == JUDGE:
        pairs = [tuple(one.cells(fold, JUDGE, test=one.test) for one in (base, result)) for fold in shared]
    else:
        labs = [one for one in shared if lab in (None, one)]
        pairs = [tuple(one.cells(name, name, test=one.test) for one in (base, result)) for name in labs]
    return mean_gain([(before, after) for before, after in pairs]) if pairs else UNKNOWN


def protocol_rows(root: Path | None = None, *, test: bool = False) -> list[dict[str, Any]]:
    """A row for each recorded ingredient as plain data, figures with value, low and high."""
    results = ingredient_results(root, test=test)
    base = results.get(BASE_NAME)
    return [_row(result, base) for result in results.values()]


def _row(result: IngredientResult, base: IngredientResult | None) -> dict[str, Any]:
    scores, judged = result.scores, result.judged
    wrong = scores if len(result.folds) > 1 else {}
    overall = {
        "mean": mean_of(scores),
        "worst": worst_of(scores),
        "gain": gain(result, base) if base and base is not result else UNKNOWN,
        "judge_gain": gain(result, base, JUDGE) if base and base is not result else UNKNOWN,
        "wrong_worst": worst_of(wrong, "wrong") if wrong else UNKNOWN,
        "coverage": mean_of(wrong, "coverage") if wrong else UNKNOWN,
    }
    means = {name: _plain_mean([getattr(score, name).value for score in scores.values()]) for name in ("aurc", "ece")}
    return {
        "name": result.ingredient.name,
        "title": result.ingredient.title,
        "note": result.ingredient.note,
        "folds": len(result.folds),
        "seconds": result.seconds,
        **{name: _plain(figure) for name, figure in overall.items()},
        **means,
        "labs": {lab: _lab_row(score) for lab, score in [*scores.items(), (JUDGE, judged)]},
    }


def _lab_row(score: StrangerScore) -> dict[str, Any]:
    figures = ("balanced", "wrong", "coverage", "aurc", "ece", "ood_area")
    fit = score.fit
    return {
        "n": score.n,
        "units": score.units,
        "classes": score.present,
        "temperature": round(fit.temperature, 4) if fit else None,
        "threshold": round(fit.threshold, 4) if fit else None,
        **{name: _plain(getattr(score, name)) for name in figures},
    }


def _plain(figure: Interval) -> dict[str, float] | None:
    """None where it is not known; an end that is not known is the value."""
    if isnan(figure.value):
        return None
    ends = {name: getattr(figure, name) for name in ("value", "low", "high")}
    return {name: round(figure.value if isnan(end) else end, 4) for name, end in ends.items()}


def _plain_mean(values: list[float]) -> float | None:
    mean = sum(values) / len(values)
    return None if isnan(mean) else round(mean, 4)
