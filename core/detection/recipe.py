"""Everything that training the detector of cells needs to know."""

from typing import Any

from pydantic import Field, ValidationError, field_validator

from core.datasets.boxes import FIELD_SOURCES
from core.datasets.registry import SOURCES, measure_only_sentence
from core.errors import RecipeError
from core.training.recipe import NetworkRecipe

DETECTOR = "detector"
"""The name of its recipe and of the checkpoint that finds cells in fields."""


class DetectorRecipe(NetworkRecipe):
    """Settings of one run. diameter: of red cells in what the network sees, in pixels, on which sizes centre.

    height, width: of a scene, multiples of 32. smallest, largest: range of sizes over that diameter. mosaic:
    share of scenes put together from four photos at half the size. looks: 0 for small changes of colour; up to 1, the
    strength of the stains, lamps and cameras of core.detection.looks. crops: share of a mosaic's other photos, and a
    quarter of it of scenes of one photo, that show single white cells of the sources `cells_of`;
    cells_each: of each of them, evenly over its classes. even: fields of laboratories with few are taken several times,
    so that none has less than about half of the largest one's. leave_out: laboratories of which nothing is learned.
    average: decay of the moving average of weights that is published.
    """

    name: str = DETECTOR
    sources: tuple[str, ...] = ("bccd", "txl-pbc", "chula")
    cells_of: tuple[str, ...] = ("pbc", "raabin", "jtsc", "chula")
    leave_out: tuple[str, ...] = ()
    begin_from: str = "checkpoint:resnet18"
    channels: int = Field(default=64, ge=8)
    diameter: float = Field(default=72.0, gt=8)
    height: int = Field(default=320, ge=64, multiple_of=32)
    width: int = Field(default=448, ge=64, multiple_of=32)
    smallest: float = Field(default=0.55, gt=0)
    largest: float = Field(default=1.6, gt=0)
    mosaic: float = Field(default=0.4, ge=0, le=1)
    crops: float = Field(default=0.4, ge=0, le=1)
    cells_each: int = Field(default=600, ge=1)
    even: bool = True
    looks: float = Field(default=1.0, ge=0, le=1)
    epochs: int = Field(default=60, ge=1)
    batch_size: int = Field(default=8, ge=1)
    learning_rate: float = Field(default=7e-4, gt=0)
    weight_decay: float = Field(default=1e-2, ge=0)
    box_weight: float = Field(default=5.0, gt=0)
    average: float = Field(default=0.998, ge=0, lt=1)

    @field_validator("sources", "cells_of")
    @classmethod
    def _may_be_learned_from(cls, sources: tuple[str, ...]) -> tuple[str, ...]:
        for name in sources:
            source = FIELD_SOURCES.get(name) or SOURCES.get(name)
            if source is not None and source.measure_only:
                raise ValueError(measure_only_sentence(name).rstrip("."))
        return sources


def make_detector_recipe(changes: dict[str, Any]) -> DetectorRecipe:
    """The recipe with other settings; RecipeError names one that does not fit."""
    try:
        return DetectorRecipe.model_validate(changes)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the recipe"
        raise RecipeError(f"The setting {place} of the detector does not fit: {first['msg'].lower()}.") from error
