"""Declared searches: which settings of which recipe are tried, over what range and in what way, as data."""

from math import prod
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from core.storage import StoredModel
from core.training.presets import shipped, shipped_names, validated
from core.training.recipe import Recipe, load_recipe

Value = int | float | str


class Choice(StoredModel):
    """One of some values."""

    kind: Literal["choice"]
    values: tuple[Value, ...] = Field(min_length=1)

    @property
    def ends(self) -> tuple[Value, ...]:
        """Values that a recipe has to bear for it to bear all of them."""
        return self.values


class Span(StoredModel):
    """Any number of a range, both ends included: whole, or real; log draws each factor of ten as often."""

    kind: Literal["real", "whole"]
    low: float
    high: float
    log: bool = False

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.low >= self.high:
            raise ValueError("low must be below high")
        if self.log and self.low <= 0:
            raise ValueError("a range with log must begin above 0")
        return self

    @property
    def ends(self) -> tuple[Value, ...]:
        """Values that a recipe has to bear for it to bear all of them."""
        return (int(self.low), int(self.high)) if self.kind == "whole" else (self.low, self.high)


class Declaration(StoredModel):
    """A search. note: what a reader of its results should know. `changes` hold in every trial; `space` names the
    settings that differ between trials.

    grid tries every combination once; tpe leans on earlier trials (Bergstra et al. 2011, NeurIPS). median
    ends a trial that is worse at an epoch than half of the earlier ones were. The first `startup` trials
    are drawn at random and never ended early.
    """

    name: str
    title: str
    note: str = ""
    recipe: str
    changes: dict[str, Any] = Field(default_factory=dict)
    space: dict[str, Annotated[Choice | Span, Field(discriminator="kind")]] = Field(min_length=1)
    sampler: Literal["grid", "tpe"]
    pruner: Literal["none", "median"] = "none"
    startup: int = Field(default=5, ge=1)
    trials: int = Field(ge=1)
    seed: int = 0

    @model_validator(mode="after")
    def _grid_is_finite(self) -> Self:
        if self.sampler != "grid":
            return self
        sizes = [len(one.values) for one in self.space.values() if isinstance(one, Choice)]
        if len(sizes) < len(self.space):
            raise ValueError("a grid is made of choices")
        if self.trials > prod(sizes):
            raise ValueError(f"the grid has {prod(sizes)} points, so there cannot be {self.trials} trials")
        return self

    def recipe_of(self, values: dict[str, Any]) -> Recipe:
        """The recipe of a trial with those values; RecipeError where they do not fit it."""
        return load_recipe(self.recipe, **(self.changes | values))


def search_names() -> list[str]:
    """The searches that come with Smearlens."""
    return shipped_names("core.experiments", "searches")


def load_search(name: str, trials: int | None = None) -> Declaration:
    """A shipped search by name, with another number of trials where one is given.

    RecipeError where the name is unknown or the declaration does not fit its recipe.
    """
    changes = {} if trials is None else {"trials": trials}
    return declare(shipped("core.experiments", "searches", name, "search") | changes)


def declare(settings: dict[str, Any]) -> Declaration:
    """A search from plain settings; RecipeError with one sentence where they, or a value they allow, do not fit."""
    declared = validated(Declaration, settings, "The search's", "settings")
    firsts = {name: one.ends[0] for name, one in declared.space.items()}
    for name, one in declared.space.items():
        for value in one.ends:
            declared.recipe_of(firsts | {name: value})
    return declared
