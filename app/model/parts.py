"""What Model shows of one model, one thing at a time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.model import (
    attributes,
    calibration,
    card,
    classes,
    confident_mistakes,
    laboratory_sets,
    maps,
    ood,
    prediction_sets,
    robustness,
    subtypes,
)
from app.model.summary import ModelResults
from app.shared import charts, load
from app.shared.figures import confusion, training

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint


@dataclass(frozen=True)
class ChosenModel:
    """The model, all checkpoints with the best first, and the marks of each in charts by name."""

    model: "Checkpoint"
    checkpoints: "Sequence[Checkpoint]"
    styles: Mapping[str, charts.Style]

    @property
    def style(self) -> charts.Style:
        return self.styles[self.model.name]


Part = Callable[[ChosenModel], None]


def of(chosen: ChosenModel, results: ModelResults | None) -> dict[str, Part]:
    """The parts that there are of this model; without results those that need no table of predictions."""
    model, figures = chosen.model, _of_results(results) if results is not None else {}
    parts: dict[str, Part | None] = {
        "what it is": lambda chosen: card.show(chosen.model),
        **figures,
        "other pictures": (lambda chosen: ood.show(chosen.model)) if ood.is_measured(model) else None,
        "poor photos": lambda chosen: robustness.show(chosen.model, chosen.checkpoints),
        "attributes": (lambda chosen: attributes.show(chosen.model)) if attributes.is_there(model) else None,
        "maps": lambda chosen: maps.show(chosen.model),
        "training": lambda chosen: training.show([chosen.model], chosen.styles),
        "cost": lambda chosen: card.price(chosen.model, load.speeds()),
        "again": lambda chosen: card.again(chosen.model),
    }
    return {name: part for name, part in parts.items() if part is not None}


def _of_results(results: ModelResults) -> dict[str, Part]:
    """The parts that rest on the chosen cells."""

    def by_class(chosen: ChosenModel) -> None:
        classes.show(chosen.model, results, chosen.style)
        subtypes.show(chosen.model, results)

    def mistakes(chosen: ChosenModel) -> None:
        confusion.show([chosen.model], {chosen.model.name: results.predictions}, chosen.model.space)

    def sets(chosen: ChosenModel) -> None:
        prediction_sets.show(chosen.model, results)
        laboratory_sets.show(chosen.model)

    return {
        "classes": by_class,
        "mistakes": mistakes,
        "surest mistakes": lambda chosen: confident_mistakes.show(chosen.model, results),
        "calibration": lambda chosen: calibration.show(results, chosen.style),
        "prediction sets": sets,
    }
