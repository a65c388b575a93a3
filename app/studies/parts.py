"""What Studies shows of one study, one thing at a time."""

from collections.abc import Callable, Mapping

from app.studies import folds, search, study
from core.experiments.studies import Study
from core.experiments.studies.results import Result

Results = dict[str, Result]
Part = Callable[[Study, Results], None]


def of(chosen: Study, results: Results) -> Mapping[str, Part]:
    """The parts that this study has: without recorded runs no mistakes and no training."""
    parts: dict[str, Part | None] = {
        "figures": study.figures,
        "mistakes": study.mistakes if results else None,
        "training": study.training if study.trained(results) else None,
        "folds": _folds if chosen.crossvals else None,
        "searches": _searches if chosen.searches else None,
        "the study": study.background,
    }
    return {name: part for name, part in parts.items() if part is not None}


def _folds(chosen: Study, _: Results) -> None:
    for recipe in chosen.crossvals:
        folds.show(recipe)


def _searches(chosen: Study, _: Results) -> None:
    for name in chosen.searches:
        search.show(name)
