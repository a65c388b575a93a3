"""A part of the generator's training: stopped anywhere, it goes on as if it had not been."""

import os
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR
from torch.optim.swa_utils import AveragedModel

from core.errors import RecipeError
from core.generation.recipe import CoderRecipe, FlowRecipe, GeneratorRecipe
from core.training.optimizing import averaged, rising_and_falling
from core.training.precision import autocast, chosen_precision
from core.training.state import SAVE_EVERY, EpochProgress

HISTORY_COLUMNS = ("stage", "epoch", "lr", "train_loss", "val_loss", "seconds")


@dataclass
class StageState:
    """Everything that changes while a stage learns. `step` counts the batches done in `epoch` (from 1)."""

    epoch: int = 1
    step: int = 0
    loss_sum: float = 0.0
    seconds: float = 0.0
    finished: bool = False
    precision: str = ""
    history: list[dict[str, Any]] = field(default_factory=list)


Report = Callable[[EpochProgress], None]


class Stage(ABC):
    """One stage in one folder. `train()` starts or goes on, and returns whether it is finished; `stop()` from a
    signal handler ends it after the batch in hand, saved. RecipeError where the folder holds another run.
    """

    name: str
    epochs: int
    net: nn.Module
    average: AveragedModel
    optimizer: torch.optim.AdamW
    schedule: LambdaLR
    free: ClassVar[dict[str, Any]]
    """Settings, as pydantic leaves them out, that do not decide on this stage and may change after it."""

    def __init__(self, recipe: GeneratorRecipe, key: str, folder: Path, report: Report, device: torch.device) -> None:
        self.recipe, self.key, self.folder, self.report, self.device = recipe, key, folder, report, device
        self._stopping = False
        folder.mkdir(parents=True, exist_ok=True)
        self.state = StageState()
        self.build()
        if not self._restore():
            self.state.precision = self._precision()
            self._seed()

    # ---- what a stage says of itself

    @abstractmethod
    def build(self) -> None:
        """Make the networks with random numbers of the recipe's seed; `learns` takes the one that is trained."""

    def learns(self, net: nn.Module, betas: tuple[float, float], part: CoderRecipe | FlowRecipe) -> None:
        """Take a network as the one that the stage trains, with its average, optimizer and schedule."""
        self.net = net.to(self.device).to(memory_format=torch.channels_last)
        self.average = averaged(self.net, part.ema_decay)
        self.optimizer = torch.optim.AdamW(self.net.parameters(), lr=part.learning_rate, betas=betas, weight_decay=0.01)
        self.schedule = rising_and_falling(self.optimizer, self.steps_an_epoch() * part.epochs)

    def parts(self) -> dict[str, Any]:
        """Everything with a state_dict that has to survive a stop, by name."""
        return {"net": self.net, "average": self.average, "optimizer": self.optimizer, "schedule": self.schedule}

    @abstractmethod
    def batches(self, epoch: int) -> Iterator[np.ndarray]:
        """Row numbers of the batches of an epoch."""

    @abstractmethod
    def steps_an_epoch(self) -> int: ...

    @abstractmethod
    def learn(self, rows: np.ndarray) -> float:
        """One step; returns its loss."""

    @abstractmethod
    def judge(self) -> float:
        """Loss on validation."""

    @abstractmethod
    def trial(self) -> Tensor:
        """A loss of made-up pictures, to time the two precisions by."""

    def begin_epoch(self) -> None:
        """What changes with `state.epoch`, also after a restart within it."""
        self.net.train()

    def descend(self, loss: Tensor) -> None:
        """One step of the network down its loss, of the schedule and of the average."""
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        self.optimizer.step()
        self.schedule.step()
        self.average.update_parameters(self.net)

    # ---- training

    def stop(self) -> None:
        self._stopping = True

    def train(self) -> bool:
        """Run to the end or until stopped. Returns whether the stage is finished."""
        while not self.state.finished:
            if not self._epoch():
                self._save()
                return False
            self._end_epoch()
        return True

    def _epoch(self) -> bool:
        state = self.state
        self.begin_epoch()
        begin, before = time.perf_counter(), state.seconds
        saved = begin
        for number, rows in enumerate(self.batches(state.epoch)):
            if number < state.step:
                continue
            if self._stopping:
                return False
            state.loss_sum += self.learn(rows)
            state.step = number + 1
            now = time.perf_counter()
            state.seconds = before + now - begin
            self.report(self._progress())
            if now - saved > SAVE_EVERY:
                self._save()
                saved = now
        return True

    def _end_epoch(self) -> None:
        state = self.state
        begin = time.perf_counter()
        loss = self.judge()
        state.seconds += time.perf_counter() - begin
        values = (
            self.name,
            state.epoch,
            float(self.schedule.get_last_lr()[0]),
            state.loss_sum / max(1, state.step),
            loss,
        )
        row = dict(zip(HISTORY_COLUMNS, (*values, round(state.seconds, 1)), strict=True))
        state.history.append(row)
        self.report(self._progress(row))
        state.finished = state.epoch >= self.epochs
        if not state.finished:
            state.epoch, state.step, state.loss_sum, state.seconds = state.epoch + 1, 0, 0.0, 0.0
            self._seed()
        self._save()

    def _progress(self, row: dict[str, Any] | None = None) -> EpochProgress:
        state, steps = self.state, self.steps_an_epoch()
        pace = state.seconds / max(1, state.step)
        left = pace * (steps - state.step + steps * (self.epochs - state.epoch))
        mean = state.loss_sum / max(1, state.step)
        return EpochProgress(state.epoch, self.epochs, state.step, steps, mean, left, row, self.name)

    def _seed(self) -> None:
        torch.manual_seed(self.recipe.seed * 1_000_003 + self.state.epoch * 1009)

    # ---- precision

    def _precision(self) -> str:
        """The recipe's, or the faster; the trial's gradients are thrown away."""

        def step(precision: str) -> None:
            with autocast(self.device, precision):
                loss = self.trial()
            loss.backward()

        chosen = chosen_precision(self.recipe.precision, self.device, step)
        for part in self.parts().values():
            if isinstance(part, nn.Module):
                part.zero_grad(set_to_none=True)
        return chosen

    def lower_precision(self) -> AbstractContextManager[Any]:
        """bf16 where the run computes in it."""
        return autocast(self.device, self.state.precision)

    # ---- what stays on disk

    @property
    def _path(self) -> Path:
        return self.folder / f"{self.name}.pt"

    def _save(self) -> None:
        """Write the state; a crash while writing leaves the earlier one."""
        stored = {
            "recipe": self.recipe.model_dump_json(),
            "data": self.key,
            "state": vars(self.state),
            "parts": {name: part.state_dict() for name, part in self.parts().items()},
            "random": torch.get_rng_state(),
        }
        partial = self._path.with_suffix(".part")
        torch.save(stored, partial)
        os.replace(partial, self._path)

    def _restore(self) -> bool:
        if not self._path.exists():
            return False
        stored = torch.load(self._path, map_location=self.device, weights_only=True)
        earlier = GeneratorRecipe.model_validate_json(stored["recipe"])
        if self._deciding(earlier) != self._deciding(self.recipe) or stored["data"] != self.key:
            raise RecipeError(
                f"The folder {self.folder} holds a generator of another recipe or of other images; name another "
                "folder or remove it."
            )
        for name, part in self.parts().items():
            part.load_state_dict(stored["parts"][name])
        self.state = StageState(**stored["state"])
        torch.set_rng_state(stored["random"].cpu())
        return True

    def _deciding(self, recipe: GeneratorRecipe) -> dict[str, Any]:
        """The settings that decide on what this stage learns."""
        return recipe.model_dump(exclude=self.free)
