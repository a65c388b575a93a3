"""What a training keeps on disk, so that it can be stopped anywhere and go on as if it had not been."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from core.errors import RecipeError
from core.storage import replacing

SAVE_EVERY = 300.0
"""Seconds between saves within an epoch, so that a killed run loses little."""

FORMAT = 2
"""Of the file. The first had no number, and is refused: its sums and weights had other names."""


@dataclass(frozen=True)
class EpochProgress:
    """Where a training stands, after each batch and each epoch. row: of the history, when an epoch has just ended.

    stage: the part of the run, where it has several.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    seconds_left: float
    row: dict[str, float] | None = None
    stage: str = ""


EpochReport = Callable[[EpochProgress], None]


@dataclass
class RunState:
    """Everything but tensors that changes during training. `step` counts the batches done in `epoch` (from 1).

    sums: of each loss and figure over those batches; count: what they are divided by, images or batches. stale:
    epochs since validation had its least loss. history: one row an epoch.
    """

    epoch: int = 1
    step: int = 0
    sums: dict[str, float] = field(default_factory=dict)
    count: int = 0
    seconds: float = 0.0
    best_loss: float = float("inf")
    best_epoch: int = 0
    stale: int = 0
    finished: bool = False
    precision: str = ""
    history: list[dict[str, float]] = field(default_factory=list)

    def begin_epoch(self, epoch: int) -> None:
        self.epoch, self.step, self.count, self.sums, self.seconds = epoch, 0, 0, {}, 0.0

    def add(self, sums: dict[str, float], count: int) -> None:
        """One batch is done."""
        for name, value in sums.items():
            self.sums[name] = self.sums.get(name, 0.0) + value
        self.count += count
        self.step += 1

    def mean(self, name: str) -> float:
        """Of a loss or figure over the batches done."""
        return self.sums.get(name, 0.0) / max(1, self.count)

    @property
    def best_row(self) -> dict[str, float] | None:
        """The row of the best epoch so far, where one is chosen."""
        return self.history[self.best_epoch - 1] if self.best_epoch else None


@dataclass(frozen=True)
class Saved:
    """The content of a state file. recipe: as JSON; key: of the data; parts: state dictionaries by name; best: the
    weights of the best epoch, where one is chosen; random: the state of torch's random numbers."""

    recipe: str
    key: str
    state: RunState
    parts: dict[str, Any]
    best: dict[str, torch.Tensor] | None
    random: torch.Tensor


def save(path: Path, saved: Saved) -> None:
    """Write a state; a crash while writing leaves the earlier one."""
    with replacing(path) as draft:
        torch.save({"format": FORMAT} | vars(saved) | {"state": vars(saved.state)}, draft)


def load(path: Path, what: str) -> Saved | None:
    """The state of an earlier part of this run, on the CPU; None where there is none.

    what: the folder holds, for the sentence of the RecipeError where an earlier version wrote the file.
    """
    if not path.exists():
        return None
    stored = torch.load(path, map_location="cpu", weights_only=True)
    if stored.pop("format", 1) != FORMAT:
        raise RecipeError(
            f"The folder {path.parent} holds {what} begun with another version of Smearlens, which cannot go on; name "
            "another folder or remove it."
        )
    return Saved(**stored | {"state": RunState(**stored["state"])})
