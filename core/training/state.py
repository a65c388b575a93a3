"""What a training run keeps on disk, so that it can be stopped anywhere and go on as if it had not been."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from core.errors import RecipeError
from core.training.provenance import hardware
from core.training.recipe import Recipe

SAVE_EVERY = 300.0
"""Seconds between saves within an epoch, so that a killed run loses little."""

HISTORY_COLUMNS = (
    "epoch",
    "lr",
    "train_loss",
    "train_accuracy",
    "val_loss",
    "val_accuracy",
    "seconds",
    "size",
)


@dataclass(frozen=True)
class EpochProgress:
    """Where a run stands, after each batch and each epoch. row: of the history, when an epoch has just ended.

    stage: the part of the run, where it has several.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    seconds_left: float
    row: dict[str, Any] | None = None
    stage: str = ""


@dataclass
class RunState:
    """Everything that changes during training. `step` counts the batches done in `epoch` (from 1)."""

    epoch: int = 1
    step: int = 0
    loss_sum: float = 0.0
    correct: int = 0
    seen: int = 0
    seconds: float = 0.0
    best_loss: float = float("inf")
    best_accuracy: float = -1.0
    best_epoch: int = 0
    stale: int = 0
    finished: bool = False
    precision: str = ""
    history: list[dict[str, float]] = field(default_factory=list)
    tensors: dict[str, Any] = field(default_factory=dict)
    """State dictionaries of model, average, optimizer, schedule and random numbers; `best` is the best model's."""

    def begin_epoch(self, epoch: int) -> None:
        self.epoch, self.step = epoch, 0
        self.loss_sum, self.correct, self.seen = 0.0, 0, 0
        self.seconds = 0.0

    def summary(self, device: torch.device) -> dict[str, float | int | str]:
        """What a card or record says of the run: best epoch, epochs, seconds, precision, hardware."""
        return {
            "best_epoch": self.best_epoch,
            "epochs": len(self.history),
            "seconds": round(sum(row["seconds"] for row in self.history)),
            "precision": self.precision,
            "hardware": hardware(device),
        }


def save(folder: Path, recipe: Recipe, data_key: str, state: RunState) -> None:
    """Write the run's state; a crash while writing leaves the earlier one."""
    partial = folder / "state.pt.part"
    torch.save({"recipe": recipe.model_dump_json(), "data": data_key, "state": vars(state)}, partial)
    os.replace(partial, folder / "state.pt")
    history_table(state).to_csv(folder / "history.csv", index=False)


def load(folder: Path, recipe: Recipe, data_key: str) -> RunState | None:
    """The state of an earlier part of this run, None where there is none.

    RecipeError where the folder holds a run of another recipe or of other images.
    """
    path = folder / "state.pt"
    if not path.exists():
        return None
    stored = torch.load(path, map_location="cpu", weights_only=True)
    # Compared as recipes, so that a run goes on after a setting was added to them.
    if Recipe.model_validate_json(stored["recipe"]) != recipe or stored["data"] != data_key:
        raise RecipeError(
            f"The folder {folder} holds a run of another recipe or of other images; name another folder or remove it."
        )
    return RunState(**stored["state"])


def history_table(state: RunState) -> pd.DataFrame:
    """One row an epoch: HISTORY_COLUMNS."""
    return pd.DataFrame(state.history, columns=list(HISTORY_COLUMNS))
