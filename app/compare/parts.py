"""What Compare shows, one thing at a time: first of all models, then of a few that are looked at closely."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.compare import (
    agreement,
    choosing,
    class_curves,
    classes,
    cost,
    laboratories,
    overview,
    pairwise,
    robustness,
    strangers,
    threshold,
)
from app.shared import charts, load, scoping
from app.shared.figures import confusion, training
from app.shared.load import Scored
from app.shared.scoping import Together
from core.evaluation.scope import Scope

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint


@dataclass(frozen=True)
class Compared:
    """Every checkpoint, those that have the chosen cells, both the best first, and their figures and marks by name."""

    checkpoints: "Sequence[Checkpoint]"
    models: "Sequence[Checkpoint]"
    scope: Scope
    scores: Mapping[str, Scored]
    styles: Mapping[str, charts.Style]


def _table(compared: Compared) -> None:
    speeds = load.speeds()
    costs = {model.name: load.cost(model, speeds) for model in compared.models}
    overview.show(compared.models, compared.scores, costs, speeds)


def _cost(compared: Compared) -> None:
    speeds = load.speeds()
    costs = {model.name: load.cost(model, speeds) for model in compared.models}
    cost.show(compared.models, compared.scores, costs, speeds)


def _closely(show: Callable[[Together, Mapping[str, charts.Style]], None]) -> Callable[[Compared], None]:
    """A part about a few models, which are chosen in it."""

    def shown(compared: Compared) -> None:
        together = scoping.together(choosing.choose(compared.models), compared.scope)
        if together:
            choosing.notes(together)
            show(together, compared.styles)

    return shown


def _curves(together: Together, styles: Mapping[str, charts.Style]) -> None:
    threshold.show(together, class_curves.show(together, styles), styles)


PARTS: dict[str, Callable[[Compared], None]] = {
    "all models": _table,
    "cost": _cost,
    "laboratories": lambda compared: laboratories.show(compared.checkpoints),
    "unseen laboratories": lambda _: strangers.show(),
    "attempts": lambda _: laboratories.tried(),
    "poor photos": lambda compared: robustness.show(compared.models, compared.styles),
    "classes": _closely(classes.show),
    "mistakes": _closely(lambda chosen, _: confusion.show(chosen.models, chosen.predictions, chosen.space)),
    "differences": _closely(
        lambda chosen, _: confusion.show_difference(chosen.models, chosen.predictions, chosen.space)
    ),
    "pairs": _closely(lambda chosen, _: pairwise.show(chosen)),
    "agreement": _closely(lambda chosen, _: agreement.show(chosen)),
    "thresholds": _closely(_curves),
    "training": _closely(lambda chosen, styles: training.show(chosen.models, styles)),
}
