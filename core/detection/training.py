"""A run that trains the detector."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd
import torch
from torch import Tensor, nn

from core.datasets.boxes import MarkedField
from core.detection.network import CellNet, take_eyes
from core.detection.recipe import DetectorRecipe
from core.detection.scenes import Batch, Held, Scenes
from core.detection.targets import losses, targets
from core.models.normalization import scaled
from core.models.pretrained import Start, begin_from
from core.models.registry import build, find_architecture
from core.training.stage import Report, Stage

EYES = "resnet18"
HISTORY_COLUMNS = ("epoch", "lr", "train_loss", "train_centres", "train_boxes", "val_loss", "seconds")
JUDGED = 10
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


class DetectorRun(Stage[DetectorRecipe, Batch]):
    """One run in one folder; see Stage."""

    name = "detector"
    what = "a detector"
    steepest = 10.0

    def __init__(
        self,
        recipe: DetectorRecipe,
        train: list[Held],
        val: list[Held],
        key: str,
        folder: Path,
        report: Report = lambda progress: None,
    ) -> None:
        self.epochs = recipe.epochs
        self.scenes = Scenes(train, recipe)
        plain = recipe.model_copy(update={"mosaic": 0.0, "smallest": 0.999, "largest": 1.001})
        self.judged = Scenes(val, plain)
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        super().__init__(recipe, key, folder, report, device)

    def build(self) -> None:
        recipe = self.recipe
        net, self.start = begun(recipe)
        self.learns(net, recipe.learning_rate, recipe.weight_decay, recipe.average)

    def best(self) -> CellNet:
        """The averaged network, on the CPU, in evaluation mode."""
        made = CellNet(self.recipe.channels)
        made.load_state_dict(self.average.module.state_dict())
        return made.eval()

    def history(self) -> pd.DataFrame:
        """One row an epoch: HISTORY_COLUMNS."""
        return pd.DataFrame(self.state.history, columns=list(HISTORY_COLUMNS))

    @property
    def steps(self) -> int:
        return self.scenes.steps

    def batches(self, epoch: int, first: int) -> Iterator[Batch]:
        for step in range(first, self.steps):
            yield self.scenes.batch(epoch, step)

    def learn(self, batch: Batch) -> dict[str, float]:
        centres, boxes = self._losses(self.net, batch)
        loss = self._together(centres, boxes)
        self.descend(loss)
        return {"loss": float(loss.detach()), "centres": float(centres.detach()), "boxes": float(boxes.detach())}

    @torch.inference_mode()
    def judge(self) -> float:
        """Loss of the averaged network on the same validation scenes every time; NaN where there are none."""
        self.average.eval()
        steps = min(JUDGED, self.judged.steps if self.judged.fields else 0)
        told = [self._losses(self.average, self.judged.batch(1, step)) for step in range(steps)]
        total = [float(self._together(*one)) for one in told]
        return sum(total) / len(total) if total else float("nan")

    def trial(self) -> Tensor:
        return self._together(*self._losses(self.net, self.scenes.batch(1, 0)))

    def _losses(self, net: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
        """Of centres and of boxes."""
        seen = scaled(batch.pixels.to(self.device), self.start.mean, self.start.std)
        seen = seen.contiguous(memory_format=torch.channels_last)
        with self.lower_precision():
            said = net(seen)
        maps = type(said)(*(value.cpu() for value in said)) if self.device.type != "cpu" else said
        return losses(maps, targets(batch.cells, batch.known))

    def _together(self, centres: Tensor, boxes: Tensor) -> Tensor:
        return centres + self.recipe.box_weight * boxes
