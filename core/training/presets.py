"""Settings that come with Smearlens as TOML files, and settings brought into their form."""

import tomllib
from importlib.resources import files
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from core.errors import RecipeError

Model = TypeVar("Model", bound=BaseModel)


def shipped_names(package: str, folder: str) -> list[str]:
    """Names of the TOML files in a package's folder, without their ending."""
    entries = (files(package) / folder).iterdir()
    return sorted(entry.name.removesuffix(".toml") for entry in entries if entry.name.endswith(".toml"))


def shipped(package: str, folder: str, name: str, what: str) -> dict[str, Any]:
    """The settings in one of those files, its name among them. RecipeError, naming the known ones, for another."""
    names = shipped_names(package, folder)
    if name not in names:
        raise RecipeError(f"There is no {what} called {name}; there are {', '.join(names)}.")
    return {"name": name} | tomllib.loads((files(package) / folder / f"{name}.toml").read_text("utf-8"))


def validated(model: type[Model], settings: dict[str, Any], whose: str, whole: str) -> Model:
    """The settings in their form; RecipeError with one sentence where they do not fit.

    whose: what the sentence calls their owner, such as "The recipe's"; whole: what it calls all of them.
    """
    try:
        return model.model_validate(settings)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or whole
        raise RecipeError(f"{whose} {where} cannot be used: {first['msg']}.") from error
