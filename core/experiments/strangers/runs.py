"""What is tried: each ingredient alone over the same base, and the best together."""

from dataclasses import dataclass, field
from typing import Any

from core.datasets.laboratories import HOME, training_laboratories
from core.evaluation.results.left_out import fold_name
from core.experiments.frame import Experiment
from core.imaging.stain import ColourMethod
from core.training.recipe import Recipe, make_recipe

JUDGE = "rv_pbs"
"""Read by the network of every fold and learned from by none."""

BASE: dict[str, Any] = {
    "architecture": "mobilenet_v2",
    "input_size": 96,
    "begin_from": "checkpoint:champion",
    "epochs": 4,
    "epoch_images": 2000,
    "learning_rate": 0.0007,
    "weight_decay": 0.02,
    "label_smoothing": 0.05,
    "ema_decay": 0.99,
    "balance": "lab",
    "augment": "stain-hard",
    "precision": "bf16",
    "seed": 1,
}
"""Short and small, so that an ingredient takes five short trainings; the published reader learns longer, from larger
pictures. The precision is named, so that every row is trained alike."""

WITHOUT_HOME = "data"
"""What a fold that leaves PBC out begins from in place of a checkpoint of ours, since all of them learned from PBC."""

EXCHANGE = "exchange-light"
"""The augmentation that the later ingredients share."""


@dataclass(frozen=True)
class Ingredient:
    """note: what sets it apart, in a sentence. settings: of its recipe, by which it departs from BASE.

    colours: how every photo is brought to PBC's colours, before it is learned from and before it is read.
    joined: ingredients whose recorded answers are averaged; nothing is trained.
    shipped: the checkpoint that reads the laboratories it did not learn from; nothing is trained.
    """

    name: str
    title: str
    note: str
    settings: dict[str, Any] = field(default_factory=dict)
    colours: ColourMethod = "as they are"
    joined: tuple[str, ...] = ()
    shipped: str = ""

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


RUNS: tuple[Ingredient, ...] = (
    Ingredient("champion", "champion, of PBC alone", "The checkpoint as it is shipped.", shipped="champion"),
    Ingredient("base", "the base", "Laboratories drawn evenly, stains changed strongly, pictures made worse."),
    Ingredient("plain", "plain training", "Pictures changed as the shipped models' are.", {"augment": "smear"}),
    Ingredient("wide", "sizes", "The base, and cells of .6 to 1.6 times their size.", {"augment": "wide"}),
    Ingredient("light", "light", "Cells of .6 to 1.4 times their size, other light.", {"augment": "light"}),
    Ingredient("light-strong", "strong light", "The same, light changed twice as much.", {"augment": "light-strong"}),
    Ingredient(
        "exchange",
        "stain exchange",
        "Cells of .6 to 1.4 times their size in the stains of another laboratory.",
        {"augment": "exchange"},
    ),
    Ingredient(
        "exchange-light", "stain exchange and light", "Sizes, stains exchanged, other light.", {"augment": EXCHANGE}
    ),
    Ingredient(
        "exchange-same-size",
        "stain exchange and light, sizes kept",
        "Stains exchanged and other light; cells about as large as they are.",
        {"augment": "exchange-light-same-size"},
    ),
    Ingredient(
        "exchange-poor",
        "stain exchange, light and poor photos",
        "Sizes, stains exchanged, other light, and resolution, focus and compression made worse.",
        {"augment": "exchange-light-poor"},
    ),
    Ingredient(
        "frozen",
        "frozen batch norm",
        "Stain exchange and light; batch normalisation as PBC or ImageNet left it.",
        {"augment": EXCHANGE, "freeze_norms": True},
    ),
    Ingredient(
        "group",
        "ResNet-18, group norm",
        "Stain exchange and light, by ResNet-18 with group normalisation from ImageNet.",
        {"augment": EXCHANGE, "architecture": "resnet18_gn", "begin_from": WITHOUT_HOME},
    ),
    Ingredient(
        "residual",
        "ResNet-18",
        "Stain exchange and light, by ResNet-18 from our checkpoint of that name.",
        {"augment": EXCHANGE, "architecture": "resnet18", "begin_from": "checkpoint:resnet18"},
    ),
    Ingredient(
        "grey",
        "pictures in grey",
        "Stain exchange and light; four in ten pictures in grey.",
        {"augment": "exchange-light-grey"},
    ),
    Ingredient(
        "alone",
        "the ground painted over",
        "Stain exchange and light; in half of the pictures only a disc around the cell is left, a second view.",
        {"augment": "exchange-light-alone"},
    ),
    Ingredient(
        "unaveraged",
        "weights not averaged",
        "Stain exchange and light, without the moving average of weights.",
        {"augment": EXCHANGE, "ema_decay": 0.0},
    ),
    Ingredient(
        "pooled",
        "laboratories as large as they are",
        "Stain exchange and light; every picture is drawn as often as any other.",
        {"augment": EXCHANGE, "balance": "none"},
    ),
    Ingredient(
        "reinhard",
        "Reinhard's normalisation",
        "Stain exchange and light; mean and spread of colours brought to PBC's in training and reading.",
        {"augment": EXCHANGE},
        colours="reinhard",
    ),
    Ingredient(
        "glass",
        "white glass",
        "Stain exchange and light; the glass brought to that of PBC in training and reading.",
        {"augment": EXCHANGE},
        colours="white balance",
    ),
    Ingredient(
        "joined",
        "two networks",
        "The answers of MobileNetV2 and ResNet-18, both with stain exchange and light, averaged.",
        joined=("exchange-light", "residual"),
    ),
    Ingredient(
        "longer",
        "stain exchange and light, longer",
        "24,000 pictures in place of 8,000.",
        {"augment": EXCHANGE, "epoch_images": 6000},
    ),
    Ingredient(
        "glass-frozen",
        "white glass, frozen batch norm, weights not averaged",
        "Stain exchange and light with the three that paid alone.",
        {"augment": EXCHANGE, "freeze_norms": True, "ema_decay": 0.0},
        colours="white balance",
    ),
    Ingredient(
        "glass-frozen-averaged",
        "white glass, frozen batch norm",
        "Stain exchange and light with these two.",
        {"augment": EXCHANGE, "freeze_norms": True},
        colours="white balance",
    ),
    Ingredient(
        "reader",
        "the published reader",
        "What paid, together, longer and at 128 pixels, as the recipe multilab has it; eight views.",
        {
            "augment": "strangers",
            "input_size": 128,
            "learning_rate": 0.0005,
            "epochs": 10,
            "epoch_images": 6000,
            "symmetries": 8,
        },
    ),
)

EXPERIMENT = Experiment("strangers", "The experiment on strangers", RUNS)
