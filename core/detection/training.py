"""A run that trains the detector."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from core.checkpoints import Checkpoint
from core.datasets.boxes import MarkedField
from core.detection.loading import detector_net, open_detector
from core.detection.network import CellNet, DetectionMaps, take_backbone
from core.detection.recipe import DETECTOR, DetectorRecipe
from core.detection.scenes import LoadedField, SceneBatch, Scenes
from core.detection.targets import losses, make_targets
from core.models.normalization import scaled
from core.models.pretrained import Start, begin_from
from core.models.registry import build, find_architecture
from core.settings import checkpoints_folder
from core.training.engine import BatchResult, Trainer
from core.training.state import EpochReport

BACKBONE = "resnet18"
HISTORY_COLUMNS = ("epoch", "lr", "train_loss", "train_centres", "train_boxes", "val_loss", "seconds")
VALIDATION_BATCHES = 10
"""Batches of validation scenes after an epoch; always the same ones."""


def data_key(fields: Sequence[MarkedField], crops: Sequence[LoadedField] = ()) -> str:
    """Changes with any photo's name, split or boxes, and with any photo of a single cell."""
    digest = hashlib.sha256()
    for field in sorted(fields, key=lambda field: (field.source, field.key)):
        digest.update(f"{field.source}\t{field.key}\t{field.split}\t{sorted(field.trusted)}\t".encode())
        digest.update(field.boxes.tobytes() + field.kinds.tobytes())
    for crop in crops:
        digest.update(crop.pixels.tobytes() + crop.boxes.tobytes())
    return digest.hexdigest()


@dataclass(frozen=True)
class DetectorData:
    """What a run learns from and is watched on. crops: photos of single cells; key: of all of it, see `data_key`."""

    train: list[LoadedField]
    val: list[LoadedField]
    key: str
    crops: Sequence[LoadedField] = ()


def initial_network(recipe: DetectorRecipe) -> tuple[CellNet, Start]:
    """The network as training begins, the same for the same seed. CheckpointError where its weights are missing.

    It goes on from a whole detector where the recipe names one, else from a classifier's first stages.
    """
    torch.manual_seed(recipe.seed)
    if recipe.begin_from == f"checkpoint:{DETECTOR}":
        return _from_detector(open_detector(checkpoints_folder() / DETECTOR))
    classifier = build(BACKBONE, 8, 128)
    start = begin_from(classifier, find_architecture(BACKBONE), recipe.begin_from)
    net = CellNet(recipe.channels)
    take_backbone(net, classifier)
    return net, start


def _from_detector(checkpoint: Checkpoint) -> tuple[CellNet, Start]:
    net, seen_as = detector_net(checkpoint), checkpoint.detector.preprocessing
    return net, Start(f"the {DETECTOR} before it", len(net.state_dict()), (), seen_as.mean, seen_as.std)


class DetectorTrainer(Trainer[DetectorRecipe, SceneBatch]):
    """One run in one folder; a batch is scenes."""

    name = "detector"
    what = "a detector"
    columns = HISTORY_COLUMNS
    digits = 6
    max_gradient_norm = 10.0

    def __init__(
        self,
        recipe: DetectorRecipe,
        data: DetectorData,
        folder: Path,
        report: EpochReport = lambda progress: None,
    ) -> None:
        self.scenes = Scenes(data.train, recipe, data.crops)
        plain = recipe.model_copy(update={"mosaic": 0.0, "smallest": 0.999, "largest": 1.001})
        self.validation = Scenes(data.val, plain)
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        super().__init__(recipe, data.key, folder, report, device)

    def build(self) -> None:
        recipe = self.recipe
        net, self.start = initial_network(recipe)
        self.train_with_adamw(net, recipe.learning_rate, weight_decay=recipe.weight_decay, ema_decay=recipe.average)

    def best(self) -> CellNet:
        """The averaged network, on the CPU, in evaluation mode."""
        net = CellNet(self.recipe.channels)
        net.load_state_dict(self.evaluated_net.state_dict())
        return net.eval()

    @property
    def epochs(self) -> int:
        return self.recipe.epochs

    @property
    def steps(self) -> int:
        return self.scenes.steps

    def batches(self, epoch: int, first: int) -> Iterator[SceneBatch]:
        for step in range(first, self.steps):
            yield self.scenes.batch(epoch, step)

    def train_batch(self, batch: SceneBatch) -> BatchResult:
        centres, boxes = self._losses(self.net, batch)
        loss = self._total_loss(centres, boxes)
        self.optimize(loss)
        losses = {"loss": loss, "centres": centres, "boxes": boxes}
        return BatchResult({name: float(value.detach()) for name, value in losses.items()})

    @torch.inference_mode()
    def evaluate(self) -> dict[str, float]:
        """Loss of the averaged network on the same validation scenes every time; NaN where there are none."""
        net, scenes = self.evaluated_net.eval(), self.validation
        steps = min(VALIDATION_BATCHES, scenes.steps if scenes.fields else 0)
        losses = [float(self._total_loss(*self._losses(net, scenes.batch(1, step)))) for step in range(steps)]
        return {"val_loss": sum(losses) / len(losses) if losses else float("nan")}

    def trial_loss(self) -> Tensor:
        return self._total_loss(*self._losses(self.net, self.scenes.batch(1, 0)))

    def _losses(self, net: nn.Module, batch: SceneBatch) -> tuple[Tensor, Tensor]:
        """Of centres and of boxes."""
        pixels = scaled(batch.pixels.to(self.device), self.start.mean, self.start.std)
        with self.autocast_precision():
            maps: DetectionMaps = net(pixels.contiguous(memory_format=torch.channels_last))
        if self.device.type != "cpu":
            maps = DetectionMaps(*(value.cpu() for value in maps))
        return losses(maps, make_targets(batch.cells, batch.labelled))

    def _total_loss(self, centres: Tensor, boxes: Tensor) -> Tensor:
        return centres + self.recipe.box_weight * boxes
