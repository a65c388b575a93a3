"""Training a classifier by any recipe, on CPU or GPU, alone or under torchrun."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from core.checkpoints import Preprocessing
from core.errors import RecipeError
from core.imaging.windows import WINDOW
from core.models.normalization import scaled
from core.models.pretrained import begin_from
from core.models.registry import build, find_architecture
from core.models.rules import check_network
from core.training.augment import Augment, resized
from core.training.data import Images, TrainingData, class_weights, epoch_batches, steps_per_epoch
from core.training.distillation import DistillationImages
from core.training.distributed import pick_device
from core.training.engine import BatchResult, Trainer
from core.training.mixing import MixedImages
from core.training.optimization import optimizer_for, schedule_for
from core.training.recipe import Recipe
from core.training.state import EpochReport

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

READ_BATCH = 256
"""Validation images that are read together."""


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
            module.eval().requires_grad_(requires_grad=False)


class ClassifierTrainer(Trainer[Recipe, np.ndarray]):
    """One run of one recipe in one folder; a batch is the row numbers of its images."""

    columns = HISTORY_COLUMNS
    max_gradient_norm = 5.0
    shares_epochs = True
    free_settings: ClassVar[dict[str, Any]] = {"calibration_folds": True}

    def __init__(
        self,
        recipe: Recipe,
        data: TrainingData,
        folder: Path,
        report: EpochReport = lambda progress: None,
        *,
        device: torch.device | None = None,
    ) -> None:
        self.data, self.patience = data, recipe.patience
        self.spec = find_architecture(recipe.architecture)
        super().__init__(recipe, data.key, folder, report, device or pick_device())

    # ---- setting up

    @property
    def preprocessing(self) -> Preprocessing:
        """How the network is shown pictures, once it is built."""
        return Preprocessing(
            window=WINDOW,
            size=self.recipe.input_size,
            mean=self.start.mean,
            std=self.start.std,
            symmetries=self.recipe.symmetries,
        )

    @property
    def epochs(self) -> int:
        return self.recipe.epochs

    @property
    def steps(self) -> int:
        return steps_per_epoch(self.data.train, self.recipe, self.processes.world)

    def build(self) -> None:
        recipe = self.recipe
        if recipe.teachers and not isinstance(self.data.train, DistillationImages):
            raise RecipeError(f"The recipe {recipe.name} has teachers, which this way of training does not ask.")
        if recipe.sources and not isinstance(self.data.train, MixedImages):
            raise RecipeError(f"The recipe {recipe.name} has several sources, which this way of training does not mix.")
        check_network(self.spec)
        torch.manual_seed(recipe.seed)
        net = build(recipe.architecture, len(self.data.space), recipe.input_size)
        _check_sizes(net, recipe)
        self.start = begin_from(net, self.spec, recipe.begin_from)
        net = self.to_device(net)
        optimizer = optimizer_for(net, recipe)
        schedule = schedule_for(optimizer, recipe, self.steps)
        self.set_network(net, optimizer, schedule, self._weight_average(net), parts_rest=recipe.freeze_epochs > 0)
        self.loss: nn.Module = nn.CrossEntropyLoss(weight=self._loss_weights(), label_smoothing=recipe.label_smoothing)
        self.augment = Augment(recipe.augment)

    def _weight_average(self, net: nn.Module) -> AveragedModel | None:
        if not self.recipe.ema_decay:
            return None
        return AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(self.recipe.ema_decay), use_buffers=True)

    def _loss_weights(self) -> Tensor | None:
        if self.recipe.balance != "loss":
            return None
        weights = class_weights(self.data.train.labels, len(self.data.space))
        return torch.tensor(weights, dtype=torch.float32, device=self.device)

    def best(self) -> nn.Module:
        """The network of the best epoch so far, on the CPU, in evaluation mode."""
        assert self.best_weights is not None
        return self._filled(self.best_weights)

    def last(self) -> nn.Module:
        """The network as the last batch left it, on the CPU, in evaluation mode."""
        return self._filled(self.net.state_dict())

    def _filled(self, weights: dict[str, Tensor]) -> nn.Module:
        net = build(self.recipe.architecture, len(self.data.space), self.recipe.input_size)
        net.load_state_dict(weights)
        return net.eval()

    # ---- training

    def batches(self, epoch: int, first: int) -> Iterator[np.ndarray]:
        rank, world = self.processes.rank, self.processes.world
        rows = epoch_batches(self.data.train, self.recipe, epoch, len(self.data.space), rank=rank, world=world)
        return islice(rows, first, None)

    def train_batch(self, batch: np.ndarray) -> BatchResult:
        pixels, targets = self.data.train.batch(batch, self.state.epoch)
        pixels, targets = pixels.to(self.device), targets.to(self.device)
        pixels = self.augment(resized(pixels, self.recipe.size_at(self.state.epoch)))
        with self.autocast_precision():
            logits = self.parallel(self._normal(pixels))
        loss = self.loss(logits.float(), targets)
        self.optimize(loss)
        correct = self.count_correct(logits.detach().float().cpu(), batch)
        return BatchResult({"loss": float(loss.detach()) * len(batch), "accuracy": correct}, len(batch))

    def count_correct(self, logits: Tensor, rows: np.ndarray) -> int:
        """How many images of a batch are named rightly, for the history."""
        return int((logits.argmax(1).numpy() == self.data.train.labels[rows]).sum())

    def _normal(self, pixels: Tensor) -> Tensor:
        return scaled(pixels, self.start.mean, self.start.std).contiguous(memory_format=torch.channels_last)

    def trial_loss(self) -> Tensor:
        """In evaluation mode, so that batch statistics stay untouched."""
        size = self.recipe.size_at(1)
        batch = torch.zeros(8, 3, size, size, device=self.device).contiguous(memory_format=torch.channels_last)
        logits: Tensor = self.net.eval()(batch)
        return logits.sum()

    def begin_epoch(self) -> None:
        self.set_trainable(all_parts=self.state.epoch > self.recipe.freeze_epochs)

    def set_trainable(self, *, all_parts: bool) -> None:
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

    # ---- after an epoch

    def evaluate(self) -> dict[str, float]:
        loss, accuracy = self.validate(self.evaluated_net, self.data.val)
        return {"val_loss": loss, "val_accuracy": accuracy}

    @torch.inference_mode()
    def validate(self, net: nn.Module, images: Images) -> tuple[float, float]:
        """Mean cross-entropy and accuracy."""
        net.eval()
        loss, correct = 0.0, 0
        for first in range(0, len(images), READ_BATCH):
            pixels, labels = images.batch(np.arange(first, min(first + READ_BATCH, len(images))))
            with self.autocast_precision():
                logits = net(self._normal(pixels.to(self.device))).float().cpu()
            loss += float(nn.functional.cross_entropy(logits, labels, reduction="sum"))
            correct += int((logits.argmax(1) == labels).sum())
        return loss / len(images), correct / len(images)

    def row(self, figures: dict[str, float]) -> dict[str, float]:
        return super().row(figures) | {"size": self.recipe.size_at(self.state.epoch)}

    def is_best(self, row: dict[str, float]) -> bool:
        """Best = highest validation accuracy, then lowest loss."""
        best = self.state.best_row
        return best is None or (row["val_accuracy"], -row["val_loss"]) > (best["val_accuracy"], -best["val_loss"])

    def epochs_to_come(self) -> float:
        """Epochs of larger pictures take longer, in proportion to their area."""
        recipe, now = self.recipe, self.state.epoch
        area = recipe.size_at(now) ** 2
        return sum(recipe.size_at(epoch) ** 2 / area for epoch in range(now + 1, recipe.epochs + 1))
