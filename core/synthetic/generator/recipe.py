"""Everything that the generator's training needs to know, as data that travels with its checkpoint."""

from typing import Any, Self

from pydantic import Field, model_validator

from core.storage import StoredModel
from core.synthetic.generator.autoencoder import REDUCTION
from core.training.presets import shipped, shipped_names, validated
from core.training.recipe import NetworkRecipe

GENERATOR = "generator"


class CoderRecipe(StoredModel):
    """How the autoencoder is built and trained."""

    widths: tuple[int, int, int]
    channels: int = Field(ge=1)
    """Of the latent map."""
    epochs: int = Field(ge=1)
    batch_size: int = Field(ge=2)
    learning_rate: float = Field(gt=0)
    ema_decay: float = Field(ge=0, lt=1)
    perceptual: str = ""
    """Checkpoint of ours on whose first features a picture and its reconstruction should agree; "" for none."""
    perceptual_weight: float = Field(default=0.0, ge=0)
    divergence_weight: float = Field(ge=0)
    critic_epochs: int = Field(default=0, ge=0)
    """In so many last epochs the encoder rests, and the decoder also learns to get past a critic."""
    critic_width: int = Field(default=32, ge=4)
    critic_weight: float = Field(default=0.0, ge=0)


class FlowRecipe(StoredModel):
    """How the flow is built and trained, and how cells are drawn from it."""

    widths: tuple[int, int, int]
    epochs: int = Field(ge=1)
    batch_size: int = Field(ge=2)
    learning_rate: float = Field(gt=0)
    ema_decay: float = Field(ge=0, lt=1)
    untold: float = Field(ge=0, lt=1)
    """Share of latents whose condition is withheld, so that guidance has something to lead away from."""
    evening: float = Field(ge=0, le=1)
    """0 takes each condition as often as it occurs, 1 all equally often."""
    steps: int = Field(ge=1, le=50)
    """Of Heun's method from noise to a latent; each asks the network twice, but for the last."""
    guidance: float = Field(ge=0)
    """1 follows the condition as it is, more exaggerates it."""


class GeneratorRecipe(NetworkRecipe):
    """The whole generator. A recipe file names every setting that has no plain default."""

    name: str
    source: str = "pbc"
    input_size: int = Field(ge=32, le=256)
    coder: CoderRecipe
    flow: FlowRecipe
    features: str
    """Checkpoint of ours by whose features a copy of a training cell is recognised."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.input_size % (4 * REDUCTION):
            raise ValueError(f"input_size must be a multiple of {4 * REDUCTION}")
        if self.coder.critic_epochs >= self.coder.epochs:
            raise ValueError("coder.critic_epochs must leave at least one epoch without the critic")
        return self


def generator_recipe_names() -> list[str]:
    """The generators' recipes that come with Smearlens."""
    return shipped_names("core.synthetic.generator", "recipes")


def load_generator_recipe(name: str, changes: dict[str, Any] | None = None) -> GeneratorRecipe:
    """A shipped recipe by name, with some settings changed: `epochs` of a part is written `coder.epochs`.

    RecipeError where the name is unknown, or a setting is unknown or out of its range.
    """
    settings = shipped("core.synthetic.generator", "recipes", name, "generator")
    for setting, value in (changes or {}).items():
        part, dot, inner = setting.partition(".")
        if dot and isinstance(settings.get(part), dict):
            settings[part][inner] = value
        else:
            settings[setting] = value
    return make_generator_recipe(settings)


def make_generator_recipe(settings: dict[str, Any]) -> GeneratorRecipe:
    """A recipe from plain settings; RecipeError with one sentence where they do not fit."""
    return validated(GeneratorRecipe, settings, "The generator's", "recipe")
