"""The engine that trains every network: stopped anywhere, it goes on as if it had not been.

A trainer gives a network (`build`), batches (`steps`, `batches`), a loss (`train_batch`) and an evaluation
(`evaluate`). The engine has the rest: epochs, seeds, precision, the average of weights, the best epoch, the history,
progress, what stays on disk, and several processes under torchrun.
"""

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.optim.lr_scheduler import LRScheduler
from torch.optim.swa_utils import AveragedModel
from torch.utils.tensorboard import SummaryWriter

from core.errors import RecipeError
from core.storage import write_csv
from core.training import state as run_state
from core.training.distributed import Processes
from core.training.optimization import moving_average, warmup_cosine
from core.training.precision import autocast, chosen_precision
from core.training.provenance import hardware
from core.training.recipe import NetworkRecipe, Recipe
from core.training.state import SAVE_EVERY, EpochProgress, EpochReport, RunState, Saved

AnyRecipe = TypeVar("AnyRecipe", bound=Recipe | NetworkRecipe)
Batch = TypeVar("Batch")


class Stateful(Protocol):
    """What has to survive a stop."""

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state_dict: dict[str, Any], /) -> Any: ...


@dataclass(frozen=True)
class BatchResult:
    """What came of a batch. sums: "loss" and other figures, each summed over `count` images, or of the batch alone."""

    sums: dict[str, float]
    count: int = 1


class Trainer(ABC, Generic[AnyRecipe, Batch]):
    """One network, trained in one folder. `train()` starts or goes on, and returns whether the run is finished;
    `stop()` from a signal handler or another thread ends it after the batch in hand, saved. On the CPU, stopping
    changes no bit of the result.

    key: changes with the images that are learned from. RecipeError where the folder holds another run.
    """

    name: ClassVar[str] = ""
    """Of the part of the run, or of a network that is no classifier; names its files in the folder."""
    what: ClassVar[str] = "a run"
    """What the folder holds, in a sentence."""
    columns: ClassVar[tuple[str, ...]]
    """Of the history."""
    digits: ClassVar[int | None] = None
    """To which losses are rounded in the history; not at all where it is None."""
    max_gradient_norm: ClassVar[float | None] = 1.0
    """Largest norm of a gradient; a larger one is shortened to it. None for any."""
    free_settings: ClassVar[dict[str, Any]] = {}
    """Settings, as pydantic leaves them out, that do not decide on this run and may change after it."""
    seeds_epochs: ClassVar[bool] = True
    """Each epoch has a seed of its own; otherwise random numbers run on from the beginning of the run."""
    shares_epochs: ClassVar[bool] = False
    """Processes of torchrun share the images of an epoch; otherwise each trains for itself."""
    patience: int = 0
    """Stop after so many epochs without a better validation loss; 0 never stops early."""

    net: nn.Module
    parallel: nn.Module
    """The network, or what spreads it over the processes of torchrun."""
    optimizer: torch.optim.Optimizer
    schedule: LRScheduler
    average: AveragedModel | None

    def __init__(
        self, recipe: AnyRecipe, key: str, folder: Path, report: EpochReport, device: torch.device | None = None
    ) -> None:
        self.recipe, self.key, self.folder = recipe, key, folder
        self.device = device or torch.device("cpu")
        self.processes = Processes.join() if self.shares_epochs else Processes()
        self.report = (lambda progress: None) if self.processes.rank else report
        self._stopping = False
        folder.mkdir(parents=True, exist_ok=True)
        self.state = RunState()
        self.best_weights: dict[str, Tensor] | None = None
        self.build()
        if not self._restore():
            self.state.precision = self.pick_precision()
            self._seed_epoch()

    # ---- what a trainer says of itself

    @property
    @abstractmethod
    def epochs(self) -> int:
        """How many there are."""

    @property
    @abstractmethod
    def steps(self) -> int:
        """Batches an epoch."""

    @abstractmethod
    def build(self) -> None:
        """Make the networks with random numbers of the recipe's seed; `set_network` takes the one that is trained."""

    @abstractmethod
    def batches(self, epoch: int, first: int) -> Iterator[Batch]:
        """The batches of an epoch from number `first` on, counted from 0; always the same ones."""

    @abstractmethod
    def train_batch(self, batch: Batch) -> BatchResult:
        """One step, by `optimize`."""

    @abstractmethod
    def evaluate(self) -> dict[str, float]:
        """Figures on validation, as columns of the history."""

    def trial_loss(self) -> Tensor:
        """A loss of made-up pictures, to time the two precisions by."""
        raise NotImplementedError

    def begin_epoch(self) -> None:
        """What changes with `state.epoch`, also after a restart within it."""
        self.net.train()

    def is_best(self, row: dict[str, float]) -> bool:
        """Whether an epoch is the best so far, whose weights are kept; never where the last one is taken."""
        return False

    def epochs_to_come(self) -> float:
        """Epochs after the present one, each counted by its cost over the present one's."""
        return self.epochs - self.state.epoch

    def parts(self) -> dict[str, Stateful]:
        """Everything that has to survive a stop, by name."""
        parts: dict[str, Stateful] = {"net": self.net, "optimizer": self.optimizer, "schedule": self.schedule}
        return parts if self.average is None else parts | {"average": self.average}

    # ---- what a trainer is built from

    def to_device(self, net: nn.Module) -> nn.Module:
        """The network on its device, its maps in the order that convolutions like."""
        return net.to(self.device).to(memory_format=torch.channels_last)

    def set_network(
        self,
        net: nn.Module,
        optimizer: torch.optim.Optimizer,
        schedule: LRScheduler,
        average: AveragedModel | None = None,
        *,
        parts_rest: bool = False,
    ) -> None:
        """Take a network as the one that is trained. parts_rest: parts of it take no gradient in some epochs."""
        self.net, self.optimizer, self.schedule, self.average = net, optimizer, schedule, average
        # DDP has to be told of parts without a gradient.
        self.parallel = (
            DistributedDataParallel(net, find_unused_parameters=parts_rest) if self.processes.world > 1 else net
        )

    def train_with_adamw(
        self,
        net: nn.Module,
        learning_rate: float,
        *,
        weight_decay: float,
        ema_decay: float,
        betas: tuple[float, float] = (0.9, 0.999),
    ) -> None:
        """Take a network as the one that is trained, by AdamW at a rate that rises shortly and falls to nearly nothing.

        learning_rate: the highest one; ema_decay: of the average of weights.
        """
        net = self.to_device(net)
        optimizer = torch.optim.AdamW(net.parameters(), lr=learning_rate, betas=betas, weight_decay=weight_decay)
        self.set_network(
            net, optimizer, warmup_cosine(optimizer, self.steps * self.epochs), moving_average(net, ema_decay)
        )

    def optimize(self, loss: Tensor) -> None:
        """One step of the network down its loss, of the schedule and of the average."""
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if self.max_gradient_norm is not None:
            nn.utils.clip_grad_norm_(self.net.parameters(), self.max_gradient_norm)
        self.optimizer.step()
        self.schedule.step()
        if self.average is not None:
            self.average.update_parameters(self.net)

    @property
    def evaluated_net(self) -> nn.Module:
        """The network that is evaluated and published: the average of the weights, where there is one."""
        net: nn.Module = self.net if self.average is None else self.average.module
        return net

    def autocast_precision(self) -> AbstractContextManager[Any]:
        """bf16 where the run computes in it."""
        return autocast(self.device, self.state.precision)

    # ---- training

    def stop(self) -> None:
        self._stopping = True

    def train(self) -> bool:
        """Run to the end or until stopped. Returns whether the run is finished."""
        if self.state.finished:
            return True
        with self._tensorboard() as writer:
            while not self.state.finished:
                if not self._epoch():
                    self._save()
                    return False
                row = self._end_epoch()
                for name, value in row.items() if writer else ():
                    writer.add_scalar(name, value, row["epoch"])
        return True

    def history(self) -> pd.DataFrame:
        """One row an epoch, with the trainer's columns."""
        return pd.DataFrame(self.state.history, columns=list(self.columns))

    def summary(self) -> dict[str, float | int | str]:
        """What a card or record says of the run: best epoch, where one is chosen, epochs, seconds, precision,
        hardware."""
        state = self.state
        best: dict[str, float | int | str] = {"best_epoch": state.best_epoch} if state.best_epoch else {}
        return best | {
            "epochs": len(state.history),
            "seconds": round(sum(row["seconds"] for row in state.history)),
            "precision": state.precision,
            "hardware": hardware(self.device),
        }

    def _tensorboard(self) -> AbstractContextManager[Any]:
        """TensorBoard's writer; the first process alone writes."""
        return nullcontext() if self.processes.rank else SummaryWriter(self.folder / "tensorboard" / self.name)

    def _epoch(self) -> bool:
        """The rest of the present epoch; False where it was stopped within."""
        state = self.state
        self.begin_epoch()
        begin, before = time.perf_counter(), state.seconds
        saved = begin
        for batch in self.batches(state.epoch, state.step):
            if self.processes.agree(float(self._stopping)):
                return False
            result = self.train_batch(batch)
            state.add(result.sums, result.count)
            now = time.perf_counter()
            state.seconds = before + now - begin
            self.report(self._progress())
            if now - saved > SAVE_EVERY:
                self._save()
                saved = now
        return True

    def _end_epoch(self) -> dict[str, float]:
        """Evaluated, noted and saved; returns the row of the history."""
        state = self.state
        begin = time.perf_counter()
        figures = {name: self.processes.agree(value) for name, value in self.evaluate().items()}
        state.seconds += time.perf_counter() - begin
        row = self.row(figures)
        state.history.append(row)
        self._choose(row)
        self.report(self._progress(row))
        state.finished = state.epoch >= self.epochs or 0 < self.patience <= state.stale
        if not state.finished:
            state.begin_epoch(state.epoch + 1)
            self._seed_epoch()
        self._save()
        return row

    def row(self, figures: dict[str, float]) -> dict[str, float]:
        """The present epoch's row of the history, now that it has ended. figures: on validation."""
        state = self.state
        losses = {f"train_{name}": state.mean(name) for name in state.sums} | figures
        if self.digits is not None:
            losses = {name: round(value, self.digits) for name, value in losses.items()}
        learning_rate = float(self.schedule.get_last_lr()[0])
        return {"epoch": state.epoch, "lr": learning_rate} | losses | {"seconds": round(state.seconds, 2)}

    def _choose(self, row: dict[str, float]) -> None:
        """Keep the weights of the best epoch; patience looks at the loss alone."""
        state = self.state
        loss = row.get("val_loss", float("inf"))
        state.stale = 0 if loss < state.best_loss else state.stale + 1
        state.best_loss = loss if loss < state.best_loss else state.best_loss
        if self.is_best(row):
            state.best_epoch = state.epoch
            weights = self.evaluated_net.state_dict()
            self.best_weights = {name: value.detach().cpu().clone() for name, value in weights.items()}

    def _progress(self, row: dict[str, float] | None = None) -> EpochProgress:
        state = self.state
        pace = state.seconds / max(1, state.step)
        left = pace * (self.steps - state.step + self.steps * self.epochs_to_come())
        return EpochProgress(state.epoch, self.epochs, state.step, self.steps, state.mean("loss"), left, row, self.name)

    def _seed_epoch(self) -> None:
        if self.seeds_epochs:
            torch.manual_seed(self.recipe.seed * 1_000_003 + self.state.epoch * 1009 + self.processes.rank)

    def pick_precision(self) -> str:
        """The recipe's, or the faster; the trial's gradients are thrown away."""

        def step(precision: str) -> None:
            with autocast(self.device, precision):
                loss = self.trial_loss()
            loss.backward()

        precision = chosen_precision(self.recipe.precision, self.device, step)
        for part in self.parts().values():
            if isinstance(part, nn.Module):
                part.zero_grad(set_to_none=True)
        return precision

    # ---- what stays on disk

    @property
    def path(self) -> Path:
        """The file of the state."""
        return self.folder / f"{self.name or 'state'}.pt"

    def _save(self) -> None:
        if self.processes.rank:
            return
        parts = {name: part.state_dict() for name, part in self.parts().items()}
        saved = Saved(
            self.recipe.model_dump_json(), self.key, self.state, parts, self.best_weights, torch.get_rng_state()
        )
        run_state.save(self.path, saved)
        write_csv(self.path.with_name(f"{self.name}-history.csv".lstrip("-")), self.history())

    def _restore(self) -> bool:
        saved = run_state.load(self.path, self.what)
        if saved is None:
            return False
        # Compared as recipes, so that a run goes on after a setting was added to them.
        earlier = type(self.recipe).model_validate_json(saved.recipe)
        if self._deciding(earlier) != self._deciding(self.recipe) or saved.key != self.key:
            raise RecipeError(
                f"The folder {self.folder} holds {self.what} of another recipe or of other images; name another "
                "folder or remove it."
            )
        for name, part in self.parts().items():
            part.load_state_dict(saved.parts[name])
        self.state, self.best_weights = saved.state, saved.best
        torch.set_rng_state(saved.random)
        return True

    def _deciding(self, recipe: Recipe | NetworkRecipe) -> dict[str, Any]:
        """The settings that decide on what this trainer learns."""
        return recipe.model_dump(exclude=self.free_settings)
