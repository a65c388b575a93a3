"""A run that trains the detector."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from core.datasets.boxes import MarkedField
from core.detection.network import CellNet, Maps, take_eyes
from core.detection.recipe import DetectorRecipe
from core.detection.scenes import Batch, Held, Scenes
from core.detection.targets import losses, targets
from core.models.normalization import scaled
from core.models.pretrained import Start, begin_from
from core.models.registry import build, find_architecture
from core.training.engine import BatchResult, Trainer
from core.training.state import EpochReport

EYES = "resnet18"
HISTORY_COLUMNS = ("epoch", "lr", "train_loss", "train_centres", "train_boxes", "val_loss", "seconds")
VALIDATION_BATCHES = 10
"""Batches of validation scenes after an epoch; always the same ones."""


def data_key(fields: Sequence[MarkedField]) -> str:
    """Changes with any photo's name, split or boxes."""
    total = hashlib.sha256()
    for one in sorted(fields, key=lambda one: (one.source, one.key)):
        total.update(f"{one.source}\t{one.key}\t{one.split}\t{sorted(one.trusted)}\t".encode())
        total.update(one.boxes.tobytes() + one.kinds.tobytes())
    return total.hexdigest()


def begun(recipe: DetectorRecipe) -> tuple[CellNet, Start]:
    """The network as training begins, the same for the same seed. CheckpointError where its weights are missing."""
    torch.manual_seed(recipe.seed)
    whole = build(EYES, 8, 128)
    start = begin_from(whole, find_architecture(EYES), recipe.begin_from)
    net = CellNet(recipe.channels)
    take_eyes(net, whole)
    return net, start


class DetectorTrainer(Trainer[DetectorRecipe, Batch]):
    """One run in one folder; a batch is scenes."""

    name = "detector"
    what = "a detector"
    columns = HISTORY_COLUMNS
    digits = 6
    max_gradient_norm = 10.0

    def __init__(
        self,
        recipe: DetectorRecipe,
        train: list[Held],
        val: list[Held],
        key: str,
        folder: Path,
        report: EpochReport = lambda progress: None,
    ) -> None:
        self.scenes = Scenes(train, recipe)
        plain = recipe.model_copy(update={"mosaic": 0.0, "smallest": 0.999, "largest": 1.001})
        self.validation = Scenes(val, plain)
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        super().__init__(recipe, key, folder, report, device)

    def build(self) -> None:
        recipe = self.recipe
        net, self.start = begun(recipe)
        self.train_with_adamw(net, recipe.learning_rate, weight_decay=recipe.weight_decay, ema_decay=recipe.average)

    def best(self) -> CellNet:
        """The averaged network, on the CPU, in evaluation mode."""
        made = CellNet(self.recipe.channels)
        made.load_state_dict(self.evaluated_net.state_dict())
        return made.eval()

    @property
    def epochs(self) -> int:
        return self.recipe.epochs

    @property
    def steps(self) -> int:
        return self.scenes.steps

    def batches(self, epoch: int, first: int) -> Iterator[Batch]:
        for step in range(first, self.steps):
            yield self.scenes.batch(epoch, step)

    def train_batch(self, batch: Batch) -> BatchResult:
        centres, boxes = self._losses(self.net, batch)
        loss = self._together(centres, boxes)
        self.optimize(loss)
        losses = {"loss": loss, "centres": centres, "boxes": boxes}
        return BatchResult({name: float(value.detach()) for name, value in losses.items()})

    @torch.inference_mode()
    def evaluate(self) -> dict[str, float]:
        """Loss of the averaged network on the same validation scenes every time; NaN where there are none."""
        net, scenes = self.evaluated_net.eval(), self.validation
        steps = min(VALIDATION_BATCHES, scenes.steps if scenes.fields else 0)
        losses = [float(self._together(*self._losses(net, scenes.batch(1, step)))) for step in range(steps)]
        return {"val_loss": sum(losses) / len(losses) if losses else float("nan")}

    def trial_loss(self) -> Tensor:
        return self._together(*self._losses(self.net, self.scenes.batch(1, 0)))

    def _losses(self, net: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
        """Of centres and of boxes."""
        pixels = scaled(batch.pixels.to(self.device), self.start.mean, self.start.std)
        with self.autocast_precision():
            maps: Maps = net(pixels.contiguous(memory_format=torch.channels_last))
        if self.device.type != "cpu":
            maps = Maps(*(value.cpu() for value in maps))
        return losses(maps, targets(batch.cells, batch.known))

    def _together(self, centres: Tensor, boxes: Tensor) -> Tensor:
        return centres + self.recipe.box_weight * boxes
