"""What is tried: each ingredient alone over the same base, and the best together."""

from dataclasses import dataclass, field
from typing import Any

from core.datasets.laboratories import HOME, training_laboratories
from core.experiments.frame import Experiment
from core.training.recipe import Recipe, make_recipe

JUDGE = "rv_pbs"
"""Read by the network of every fold and learned from by none."""

DOUBTED = "doubted"
"""What the split of a cell is called whose label an audit doubts: it is read, and no figure counts it."""

BASE: dict[str, Any] = {
    "architecture": "mobilenet_v2",
    "input_size": 128,
    "begin_from": "checkpoint:champion",
    "epochs": 4,
    "epoch_images": 4000,
    "learning_rate": 0.0007,
    "weight_decay": 0.02,
    "label_smoothing": 0.05,
    "ema_decay": 0.99,
    "balance": "lab",
    "augment": "stain-hard",
    "seed": 1,
}
"""Short, so that an ingredient takes five short trainings; the published reader learns longer."""

WITHOUT_HOME = "data"
"""What a fold that leaves PBC out begins from in place of a checkpoint of ours, since all of them learned from PBC."""


@dataclass(frozen=True)
class Ingredient:
    """note: what sets it apart, in a sentence. settings: of its recipe, by which it departs from BASE."""

    name: str
    title: str
    note: str
    settings: dict[str, Any] = field(default_factory=dict)

    def recipe(self, lab: str, changes: dict[str, Any] | None = None) -> Recipe:
        """How the network that never sees `lab` is trained. changes: for this time only.

        Where the network begins from a checkpoint and PBC is left out, it begins from WITHOUT_HOME.
        """
        settings = BASE | {"source": HOME} | self.settings | (changes or {})
        if lab == HOME and str(settings["begin_from"]).startswith("checkpoint:"):
            settings["begin_from"] = WITHOUT_HOME
        named = {"name": fold_name(self.name, lab), "sources": training_laboratories(), "leave_out_lab": lab}
        return make_recipe(settings | named)

    def folds(self) -> list[str]:
        """The laboratories that are left out in turn."""
        return training_laboratories()


def fold_name(ingredient: str, lab: str) -> str:
    """Under which one fold is recorded."""
    return f"{ingredient}-without-{lab}"


RUNS: tuple[Ingredient, ...] = (
    Ingredient("base", "the base", "Laboratories drawn evenly, stains changed strongly, pictures made worse."),
    Ingredient("plain", "plain training", "Pictures changed as the shipped models' are.", {"augment": "smear"}),
)

EXPERIMENT = Experiment("strangers", "The experiment on strangers", RUNS)
