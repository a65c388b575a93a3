"""How a checkpoint can be made again: the commands, worked out from its recipe."""

import json
import shlex
from typing import TYPE_CHECKING

from core.errors import RecipeError

if TYPE_CHECKING:
    from core.checkpoints import Card, Checkpoint


AGAIN = "-again"
"""Follows the names of what is made, so that nothing is overwritten."""


def commands(checkpoint: "Checkpoint") -> list[str]:
    """Lines for a shell, in order: each member of an ensemble, then the checkpoint, then its figures.

    RecipeError where a recipe does not come with this version of Smearlens.
    """
    lines = []
    ensemble = checkpoint.ensemble
    if ensemble is not None:
        lines += [_training(member.card) for member, _ in checkpoint.members]
        chosen_from = checkpoint.card.recipe.get("chosen_from", [member.name for member in ensemble.members])
        lines.append(shlex.join(["python", "-m", "core", "ensemble", checkpoint.name + AGAIN, *map(str, chosen_from)]))
    else:
        lines.append(_training(checkpoint.card))
    lines.append(shlex.join(["python", "-m", "core", "evaluate", checkpoint.name + AGAIN, "--fresh"]))
    return lines


def _training(card: "Card") -> str:
    name, changes = recipe_of(card)
    settings = [word for key, value in changes.items() for word in ("--set", f"{key}={_written(value)}")]
    return shlex.join(["python", "-m", "core", "train", name, *settings, "--publish", card.name + AGAIN])


def recipe_of(card: "Card") -> tuple[str, dict[str, object]]:
    """The shipped recipe that a checkpoint was trained by, and the settings that were others."""
    from core.training.recipe import load_recipe, make_recipe

    used = make_recipe(card.recipe).model_dump(mode="json")
    name = str(used["name"])
    shipped = load_recipe(name).model_dump(mode="json")
    return name, {key: value for key, value in used.items() if shipped[key] != value}


def _written(value: object) -> str:
    """As `--set` reads it."""
    return json.dumps(value, separators=(",", ":")) if isinstance(value, list) else str(value)


def lines_of(checkpoint: "Checkpoint") -> list[str] | str:
    """The commands, or a sentence on why there are none."""
    try:
        return commands(checkpoint)
    except RecipeError:
        return (
            f"The recipe of {checkpoint.name} does not come with this version of Smearlens; the card below has its "
            "settings."
        )
