"""One plain training loop: any recipe, on CPU or GPU, alone or under torchrun, stopped and resumed at will."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.tensorboard import SummaryWriter

from core.errors import RecipeError
from core.models.normalization import scaled
from core.models.pretrained import begin_from
from core.models.registry import build, find_architecture
from core.training import state as run_state
from core.training.augment import Augment, resized
from core.training.data import Images, TrainingData, class_weights, epoch_batches, steps_per_epoch
from core.training.distillation import Viewed
from core.training.distributed import Processes, pick_device
from core.training.mixing import Mixed
from core.training.optimization import optimizer_for, schedule_for
from core.training.precision import autocast, chosen_precision
from core.training.recipe import Recipe
from core.training.state import SAVE_EVERY, RunState


@dataclass(frozen=True)
class Progress:
    """Where a run stands, after each batch and each epoch."""

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    seconds_left: float
    epoch_row: dict[str, float] | None = None
    """The row of history.csv when an epoch has just ended."""


@torch.no_grad()
def _check_sizes(net: nn.Module, recipe: Recipe) -> None:
    """RecipeError where the network cannot take the smaller pictures that the recipe begins with."""
    net.eval()
    for _, size in recipe.sizes:
        try:
            net(torch.zeros(1, 3, size, size))
        except RuntimeError as error:
            raise RecipeError(
                f"{recipe.architecture} made for {recipe.input_size} pixels takes no other size, so the recipe's "
                f"sizes cannot name {size}."
            ) from error


def freeze_norms(net: nn.Module) -> None:
    """Batch normalisation as in evaluation, and nothing of it learns."""
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval().requires_grad_(False)


class Trainer:
    """One run of one recipe in one folder.

    `train()` starts or goes on, and returns whether the run is finished; `stop()` from a signal handler or
    another thread ends it after the batch in hand, saved. On the CPU, stopping changes no bit of the result.
    """

    def __init__(
        self,
        recipe: Recipe,
        data: TrainingData,
        folder: Path,
        report: Callable[[Progress], None] = lambda progress: None,
        device: torch.device | None = None,
    ) -> None:
        self.recipe, self.data, self.folder = recipe, data, folder
        self.device = device or pick_device()
        self.processes = Processes.join()
        self.report = (lambda progress: None) if self.processes.rank else report
        self.spec = find_architecture(recipe.architecture)
        self._stopping = False
        folder.mkdir(parents=True, exist_ok=True)
        self._build()
        self._restore()

    def stop(self) -> None:
        self._stopping = True

    def best(self) -> nn.Module:
        """The network of the best epoch so far, on the CPU, in evaluation mode."""
        net = build(self.recipe.architecture, len(self.data.space), self.recipe.input_size)
        net.load_state_dict(self.state.tensors["best"])
        return net.eval()

    def summary(self) -> dict[str, float | int | str]:
        """What a card says of the run: best epoch, epochs, seconds, precision, hardware."""
        return self.state.summary(self.device)

    # ---- setting up

    def _build(self) -> None:
        recipe = self.recipe
        if recipe.teachers and not isinstance(self.data.train, Viewed):
            raise RecipeError(f"The recipe {recipe.name} has teachers, which this way of training does not ask.")
        if recipe.sources and not isinstance(self.data.train, Mixed):
            raise RecipeError(f"The recipe {recipe.name} has several sources, which this way of training does not mix.")
        torch.manual_seed(recipe.seed)
        net = build(recipe.architecture, len(self.data.space), recipe.input_size)
        _check_sizes(net, recipe)
        self.start = begin_from(net, self.spec, recipe.begin_from)
        self.net = net.to(self.device).to(memory_format=torch.channels_last)
        self.steps = steps_per_epoch(self.data.train, recipe, self.processes.world)
        self.average = self._averaged()
        self.optimizer = optimizer_for(self.net, recipe)
        self.schedule = schedule_for(self.optimizer, recipe, self.steps)
        self.loss = nn.CrossEntropyLoss(weight=self._loss_weights(), label_smoothing=recipe.label_smoothing)
        self.augment = Augment(recipe.augment)
        # A frozen part takes no gradient for some epochs, which DDP has to be told.
        self.parallel: nn.Module = (
            DistributedDataParallel(self.net, find_unused_parameters=recipe.freeze_epochs > 0)
            if self.processes.world > 1
            else self.net
        )

    def _averaged(self) -> AveragedModel | None:
        if not self.recipe.ema_decay:
            return None
        return AveragedModel(self.net, multi_avg_fn=get_ema_multi_avg_fn(self.recipe.ema_decay), use_buffers=True)

    def _loss_weights(self) -> Tensor | None:
        if self.recipe.balance != "loss":
            return None
        weights = class_weights(self.data.train.labels, len(self.data.space))
        return torch.tensor(weights, dtype=torch.float32, device=self.device)

    def _restore(self) -> None:
        earlier = run_state.load(self.folder, self.recipe, self.data.key)
        self.state = earlier or RunState()
        if earlier is None:
            self.state.precision = self._precision()
            self._seed_epoch()
            return
        tensors = earlier.tensors
        self.net.load_state_dict(tensors["model"])
        self.optimizer.load_state_dict(tensors["optimizer"])
        self.schedule.load_state_dict(tensors["schedule"])
        if self.average is not None:
            self.average.load_state_dict(tensors["average"])
        torch.set_rng_state(tensors["random"])

    def _save(self) -> None:
        if self.processes.rank:
            return
        self.state.tensors |= {
            "model": self.net.state_dict(),
            "average": self.average.state_dict() if self.average is not None else {},
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "random": torch.get_rng_state(),
        }
        run_state.save(self.folder, self.recipe, self.data.key, self.state)

    def _seed_epoch(self) -> None:
        torch.manual_seed(self.recipe.seed * 1_000_003 + self.state.epoch * 1009 + self.processes.rank)

    def _precision(self) -> str:
        """The recipe's, or the faster; the trial's gradients are thrown away, batch statistics untouched."""
        size = self.recipe.size_at(1)
        batch = torch.zeros(8, 3, size, size, device=self.device).contiguous(memory_format=torch.channels_last)
        self.net.eval()

        def step(precision: str) -> None:
            with autocast(self.device, precision):
                self.net(batch).sum().backward()

        chosen = chosen_precision(self.recipe.precision, self.device, step)
        self.net.zero_grad(set_to_none=True)
        return chosen

    # ---- training

    def train(self) -> bool:
        """Run to the end or until stopped. Returns whether the run is finished."""
        writer = SummaryWriter(str(self.folder / "tensorboard")) if not self.processes.rank else None
        try:
            while not self.state.finished:
                if not self._epoch():
                    self._save()
                    return False
                self._end_epoch(writer)
        finally:
            if writer is not None:
                writer.close()
        return True

    def _epoch(self) -> bool:
        """The rest of the present epoch; False where it was stopped within."""
        state = self.state
        self._set_trainable(state.epoch > self.recipe.freeze_epochs)
        begin, done_before, saved = time.perf_counter(), state.seconds, time.perf_counter()
        processes = self.processes
        batches = epoch_batches(
            self.data.train, self.recipe, state.epoch, len(self.data.space), processes.rank, processes.world
        )
        for number, rows in enumerate(batches):
            if number < state.step:
                continue
            if processes.agree(float(self._stopping)):
                return False
            self._batch(rows)
            state.step = number + 1
            state.seconds = done_before + time.perf_counter() - begin
            self.report(self._progress())
            if time.perf_counter() - saved > SAVE_EVERY:
                self._save()
                saved = time.perf_counter()
        return True

    def _batch(self, rows: np.ndarray) -> None:
        state = self.state
        pixels, targets = self.data.train.batch(rows, state.epoch)
        pixels, targets = pixels.to(self.device), targets.to(self.device)
        pixels = self.augment(resized(pixels, self.recipe.size_at(state.epoch)))
        with autocast(self.device, state.precision):
            logits = self.parallel(self._normal(pixels))
        loss = self.loss(logits.float(), targets)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), 5.0)
        self.optimizer.step()
        self.schedule.step()
        if self.average is not None:
            self.average.update_parameters(self.net)
        state.loss_sum += float(loss.detach()) * len(rows)
        state.correct += self._right(logits.detach().float().cpu(), rows)
        state.seen += len(rows)

    def _right(self, logits: Tensor, rows: np.ndarray) -> int:
        """How many of a batch are named rightly, for the course that is shown."""
        return int((logits.argmax(1).numpy() == self.data.train.labels[rows]).sum())

    def _normal(self, pixels: Tensor) -> Tensor:
        return scaled(pixels, self.start.mean, self.start.std).contiguous(memory_format=torch.channels_last)

    def _set_trainable(self, all_parts: bool) -> None:
        """Let every part learn, or only the ones without pre-trained weights (the rest as in evaluation)."""
        self.net.train()
        fresh = tuple(f"{part}." for part in self.start.fresh or (self.spec.head,))
        for name, parameter in self.net.named_parameters():
            parameter.requires_grad_(all_parts or name.startswith(fresh))
        if not all_parts:
            for module in self.net.modules():
                parts = list(module.parameters(recurse=False))
                if parts and not any(part.requires_grad for part in parts):
                    module.eval()
        if self.recipe.freeze_norms:
            freeze_norms(self.net)

    def _progress(self, row: dict[str, float] | None = None) -> Progress:
        state, recipe = self.state, self.recipe
        pace = state.seconds / max(1, state.step)
        area = recipe.size_at(state.epoch) ** 2
        ahead = sum(recipe.size_at(epoch) ** 2 / area for epoch in range(state.epoch + 1, recipe.epochs + 1))
        left = pace * (self.steps - state.step + self.steps * ahead)
        return Progress(
            state.epoch, recipe.epochs, state.step, self.steps, state.loss_sum / max(1, state.seen), left, row
        )

    # ---- after an epoch

    def _end_epoch(self, writer: SummaryWriter | None) -> None:
        state = self.state
        begin = time.perf_counter()
        judged = self.average.module if self.average is not None else self.net
        val_loss, val_accuracy = self._validate(judged, self.data.val)
        val_loss, val_accuracy = self.processes.agree(val_loss), self.processes.agree(val_accuracy)
        state.seconds += time.perf_counter() - begin
        row = {
            "epoch": state.epoch,
            "lr": float(self.schedule.get_last_lr()[0]),
            "train_loss": state.loss_sum / state.seen,
            "train_accuracy": state.correct / state.seen,
            "val_loss": val_loss,
            "val_accuracy": val_accuracy,
            "seconds": round(state.seconds, 1),
            "size": self.recipe.size_at(state.epoch),
        }
        state.history.append(row)
        self._keep_best(judged, val_loss, val_accuracy)
        self.report(self._progress(row))
        if writer is not None:
            for name, value in row.items():
                writer.add_scalar(name, value, state.epoch)
        out_of_patience = 0 < self.recipe.patience <= state.stale
        state.finished = state.epoch >= self.recipe.epochs or out_of_patience
        if not state.finished:
            state.begin_epoch(state.epoch + 1)
            self._seed_epoch()
        self._save()

    def _keep_best(self, judged: nn.Module, loss: float, accuracy: float) -> None:
        """Best = highest validation accuracy, then lowest loss; patience looks at the loss alone."""
        state = self.state
        state.stale = 0 if loss < state.best_loss else state.stale + 1
        better = (accuracy, -loss) > (state.best_accuracy, -self._loss_of_best())
        state.best_loss = min(loss, state.best_loss)
        if better:
            state.best_accuracy, state.best_epoch = accuracy, state.epoch
            state.tensors["best"] = {name: value.detach().cpu().clone() for name, value in judged.state_dict().items()}

    def _loss_of_best(self) -> float:
        best = self.state.best_epoch
        return self.state.history[best - 1]["val_loss"] if best else float("inf")

    @torch.inference_mode()
    def _validate(self, net: nn.Module, images: Images) -> tuple[float, float]:
        """Mean cross-entropy and accuracy."""
        net.eval()
        loss, correct = 0.0, 0
        for first in range(0, len(images), 256):
            pixels, labels = images.batch(np.arange(first, min(first + 256, len(images))))
            with autocast(self.device, self.state.precision):
                logits = net(self._normal(pixels.to(self.device))).float().cpu()
            loss += float(nn.functional.cross_entropy(logits, labels, reduction="sum"))
            correct += int((logits.argmax(1) == labels).sum())
        return loss / len(images), correct / len(images)
