"""A network that no recipe of cells trains: its training is stopped anywhere and goes on as if it had not been."""

import os
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Generic, Literal, TypeVar

import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR
from torch.optim.swa_utils import AveragedModel

from core.errors import RecipeError
from core.training.optimization import averaged, rising_and_falling
from core.training.precision import autocast, chosen_precision
from core.training.provenance import hardware
from core.training.state import SAVE_EVERY, EpochProgress


class StageRecipe(BaseModel):
    """What every such recipe holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    precision: Literal["auto", "fp32", "bf16"] = "auto"
    """auto times a step of each and takes the faster."""
    seed: int = 1


@dataclass
class StageState:
    """Everything that changes while a stage learns. `step` counts the batches done in `epoch` (from 1).

    sums: of each loss over those batches. history: one row an epoch: epoch, lr, train_loss with what it is made
    of, val_loss, seconds.
    """

    epoch: int = 1
    step: int = 0
    sums: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    finished: bool = False
    precision: str = ""
    history: list[dict[str, float]] = field(default_factory=list)

    def mean(self, loss: str) -> float:
        """Of a loss over the batches done."""
        return self.sums.get(loss, 0.0) / max(1, self.step)


Report = Callable[[EpochProgress], None]
AnyRecipe = TypeVar("AnyRecipe", bound=StageRecipe)
Batch = TypeVar("Batch")


class Stage(ABC, Generic[AnyRecipe, Batch]):
    """One network, trained in one folder. `train()` starts or goes on, and returns whether it is finished; `stop()`
    from a signal handler ends it after the batch in hand, saved. RecipeError where the folder holds another one.

    key: changes with the images that are learned from.
    """

    name: ClassVar[str]
    """Of its file in the folder."""
    what: ClassVar[str]
    """What the folder holds, in a sentence: "a generator"."""
    steepest: ClassVar[float] = 1.0
    """Largest norm of a gradient; a larger one is shortened to it."""
    free: ClassVar[dict[str, Any]] = {}
    """Settings, as pydantic leaves them out, that do not decide on this stage and may change after it."""

    epochs: int
    net: nn.Module
    average: AveragedModel
    optimizer: torch.optim.AdamW
    schedule: LambdaLR

    def __init__(self, recipe: AnyRecipe, key: str, folder: Path, report: Report, device: torch.device) -> None:
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

    def learns(
        self, net: nn.Module, rate: float, decay: float, memory: float, betas: tuple[float, float] = (0.9, 0.999)
    ) -> None:
        """Take a network as the one that the stage trains.

        rate: the highest learning rate; decay: of weights; memory: decay of the average of weights.
        """
        self.net = net.to(self.device).to(memory_format=torch.channels_last)
        self.average = averaged(self.net, memory)
        self.optimizer = torch.optim.AdamW(self.net.parameters(), lr=rate, betas=betas, weight_decay=decay)
        self.schedule = rising_and_falling(self.optimizer, self.steps * self.epochs)

    def parts(self) -> dict[str, Any]:
        """Everything with a state_dict that has to survive a stop, by name."""
        return {"net": self.net, "average": self.average, "optimizer": self.optimizer, "schedule": self.schedule}

    @property
    @abstractmethod
    def steps(self) -> int:
        """Batches an epoch."""

    @abstractmethod
    def batches(self, epoch: int, first: int) -> Iterator[Batch]:
        """The batches of an epoch from number `first` on, counted from 0; always the same ones."""

    @abstractmethod
    def learn(self, batch: Batch) -> dict[str, float]:
        """One step; returns its losses: "loss", and what that is made of, if anything."""

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
        nn.utils.clip_grad_norm_(self.net.parameters(), self.steepest)
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

    def summary(self) -> dict[str, float | int | str]:
        """What a card says of the run: epochs, seconds, precision, hardware."""
        return {
            "epochs": len(self.state.history),
            "seconds": round(sum(row["seconds"] for row in self.state.history)),
            "precision": self.state.precision,
            "hardware": hardware(self.device),
        }

    def _epoch(self) -> bool:
        state = self.state
        self.begin_epoch()
        begin, before = time.perf_counter(), state.seconds
        saved = begin
        for batch in self.batches(state.epoch, state.step):
            if self._stopping:
                return False
            for name, loss in self.learn(batch).items():
                state.sums[name] = state.sums.get(name, 0.0) + loss
            state.step += 1
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
        judged = self.judge()
        state.seconds += time.perf_counter() - begin
        learned = {f"train_{name}": round(state.mean(name), 6) for name in state.sums}
        row = {"epoch": state.epoch, "lr": float(self.schedule.get_last_lr()[0])} | learned
        row |= {"val_loss": round(judged, 6), "seconds": round(state.seconds, 1)}
        state.history.append(row)
        self.report(self._progress(row))
        state.finished = state.epoch >= self.epochs
        if not state.finished:
            state.epoch, state.step, state.sums, state.seconds = state.epoch + 1, 0, {}, 0.0
            self._seed()
        self._save()

    def _progress(self, row: dict[str, float] | None = None) -> EpochProgress:
        state = self.state
        pace = state.seconds / max(1, state.step)
        left = pace * (self.steps - state.step + self.steps * (self.epochs - state.epoch))
        return EpochProgress(state.epoch, self.epochs, state.step, self.steps, state.mean("loss"), left, row, self.name)

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
        earlier = type(self.recipe).model_validate_json(stored["recipe"])
        if self._deciding(earlier) != self._deciding(self.recipe) or stored["data"] != self.key:
            raise RecipeError(
                f"The folder {self.folder} holds {self.what} of another recipe or of other images; name another "
                "folder or remove it."
            )
        for name, part in self.parts().items():
            part.load_state_dict(stored["parts"][name])
        self.state = StageState(**stored["state"])
        torch.set_rng_state(stored["random"].cpu())
        return True

    def _deciding(self, recipe: AnyRecipe) -> dict[str, Any]:
        """The settings that decide on what this stage learns."""
        return recipe.model_dump(exclude=self.free)
