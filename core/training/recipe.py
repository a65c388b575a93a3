"""Recipes: everything that training needs to know, as data that travels with the checkpoint."""

from itertools import pairwise
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from core.datasets.registry import SOURCES, measure_only_sentence
from core.storage import StoredModel
from core.training.presets import shipped, shipped_names, validated


class NetworkRecipe(StoredModel):
    """What the recipe of every network but a classifier holds too."""

    precision: Literal["auto", "fp32", "bf16"] = "auto"
    """auto times a step of each and takes the faster."""
    seed: int = 1


class Recipe(StoredModel):
    """How one model is trained. Defaults are plain; a recipe file names only what differs."""

    name: str
    architecture: str
    source: str = "pbc"
    """The source whose classes the model tells apart."""
    sources: tuple[str, ...] = ()
    """All sources to learn from, `source` among them; it alone where none is named."""
    leave_out_lab: str = ""
    """One of them that is left out of training and validation, so that it can be tested on as one never seen."""
    most_others: int = Field(default=0, ge=0)
    """At most so many cells of each source but `source`, a quarter of them for validation; 0 for all."""
    input_size: int = Field(ge=28, le=512)
    begin_from: str = "none"
    """none, torchvision, data (weights beside the data sets), a file, or checkpoint:NAME."""
    epochs: int = Field(ge=1)
    batch_size: int = Field(default=64, ge=2)
    optimizer: Literal["adamw", "sgd"] = "adamw"
    learning_rate: float = Field(gt=0)
    weight_decay: float = Field(default=0.0, ge=0)
    schedule: Literal["constant", "cosine", "one-cycle"] = "one-cycle"
    label_smoothing: float = Field(default=0.0, ge=0, lt=1)
    ema_decay: float = Field(default=0.0, ge=0, lt=1)
    """Decay a step of the averaged weights that are validated and published; 0 for none."""
    balance: Literal["none", "loss", "sampler", "lab"] = "none"
    """Weigh rare classes up in the loss (loss), or draw them as often as the others (sampler); or draw each source as
    often as the others, and in it each class by the root of its count (lab)."""
    epoch_images: int = Field(default=0, ge=0)
    """Images of an epoch; 0 for as many as there are to learn from."""
    augment: str = "none"
    sizes: tuple[tuple[int, int], ...] = ()
    """(first epoch counted from 1, side in pixels): smaller pictures early on. Validation is at input_size."""
    freeze_epochs: int = Field(default=0, ge=0)
    """For so many epochs only the parts without pre-trained weights learn."""
    freeze_norms: bool = False
    """Batch normalisation keeps the statistics and the weights that it began with."""
    symmetries: Literal[1, 8] = 1
    """8: at reading, the answers to the four quarter turns of a picture and of its mirror image are averaged."""
    teachers: tuple[str, ...] = ()
    """Checkpoints whose mean answer to a training view is learned beside the label (distillation)."""
    teacher_share: float = Field(default=0.0, ge=0, le=1)
    """Weight of the teachers' answer; the label has the rest."""
    views: int = Field(default=0, ge=0)
    """Prepared views of each training picture, augmented at the teachers' size, of which an epoch takes one;
    with teachers only."""
    calibration_folds: str = ""
    """A run that left each laboratory out, such as strangers/base, on whose predictions for laboratories that its
    networks never saw calibration, abstain threshold and prediction sets are fitted; validation where none is named."""
    patience: int = Field(default=0, ge=0)
    """Stop after so many epochs without a better validation loss; 0 never stops early."""
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    """auto times one step of each and takes the faster."""
    seed: int = 0

    @model_validator(mode="after")
    def _sizes_in_order(self) -> Self:
        firsts = [first for first, _ in self.sizes]
        if any(later <= earlier for earlier, later in pairwise(firsts)):
            raise ValueError("sizes must name rising epochs")
        return self

    @model_validator(mode="after")
    def _teachers_have_views(self) -> Self:
        if bool(self.teachers) != bool(self.views) or bool(self.teachers) != bool(self.teacher_share):
            raise ValueError("teachers, teacher_share and views are given together or not at all")
        return self

    @model_validator(mode="after")
    def _sources_fit(self) -> Self:
        if self.sources and (self.source not in self.sources or len(set(self.sources)) < len(self.sources)):
            raise ValueError(f"sources must name {self.source}, which gives the classes, and none of them twice")
        if self.leave_out_lab and self.leave_out_lab not in self.sources:
            raise ValueError("leave_out_lab must be one of sources")
        if self.leave_out_lab == self.source and self.begin_from.startswith("checkpoint:"):
            raise ValueError(f"begin_from must not be a checkpoint where {self.source} is left out, which it has seen")
        if self.balance == "lab" and not self.sources:
            raise ValueError("balance by lab needs several sources")
        if self.sources and self.teachers:
            raise ValueError("a recipe of several sources takes no teachers")
        return self

    @model_validator(mode="after")
    def _sources_may_be_learned_from(self) -> Self:
        for name in self.learned:
            if name in SOURCES and SOURCES[name].measure_only:
                raise ValueError(measure_only_sentence(SOURCES[name].short).rstrip("."))
        return self

    @property
    def learned(self) -> tuple[str, ...]:
        """Names of the sources that are learned from."""
        return tuple(name for name in self.sources or (self.source,) if name != self.leave_out_lab)

    def size_at(self, epoch: int) -> int:
        """Side in pixels of the training pictures in an epoch (counted from 1)."""
        begun = [size for first, size in self.sizes if first <= epoch]
        return begun[-1] if begun else self.input_size


def recipe_names() -> list[str]:
    """The recipes that come with Smearlens."""
    return shipped_names("core.training", "recipes")


def load_recipe(name: str, /, **changes: Any) -> Recipe:
    """A shipped recipe by name, with some settings changed.

    RecipeError where the name is unknown, or a setting is unknown or out of its range.
    """
    return make_recipe(shipped("core.training", "recipes", name, "recipe") | changes)


def make_recipe(settings: dict[str, Any]) -> Recipe:
    """A recipe from plain settings; RecipeError with one sentence where they do not fit."""
    return validated(Recipe, settings, "The recipe's", "recipe")
