"""WBCAtt as its authors did it: a whole network fine-tuned for the eleven attributes on their parts, to be set beside
their ResNet-50. It begins from ImageNet weights and sees no cell of their validation or test part while it learns."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from core.datasets import Source, cached_pixels
from core.evaluation.probabilities import Floats
from core.labels import CellClass, LabelSpace
from core.models.normalization import scaled
from core.models.symmetries import mean_logits
from core.morphology.attributes import ATTRIBUTES, columns, output_names
from core.morphology.head import softmaxes
from core.morphology.predictions import AttributePredictions, likeliest, predictions_of
from core.morphology.wbcatt import AnnotatedCells
from core.progress import Progress
from core.training.classifier import ClassifierTrainer
from core.training.data import Images, Rows, TrainingData
from core.training.recipe import Recipe, load_recipe

RECIPE = "mobilenet_v2"
SETTINGS: dict[str, object] = {
    "epochs": 10,
    "batch_size": 32,
    "learning_rate": 0.001,
    "label_smoothing": 0.0,
    "augment": "symmetry",
    "sizes": ((1, 96), (7, 128)),
    "symmetries": 8,
}
"""What differs from the recipe for the classes: pictures are turned but not stretched, for size is an attribute."""

BATCH = 128

OUTPUTS = LabelSpace(
    "attributes",
    "Every value of every attribute",
    tuple(CellClass(name, name, name, "", "", "#7F7F7F") for name in output_names()),
)


@dataclass(frozen=True)
class AttributeImages(Images):
    """Pictures with the numbers of their values (N, 11) in place of one class; labels are those of the first one."""

    values: npt.NDArray[np.int8]

    def batch(self, rows: np.ndarray, epoch: int = 1) -> tuple[Tensor, Tensor]:
        """(N, 3, S, S) uint8 and (N, 11) int64 for those rows; the same in every epoch."""
        pixels, _ = super().batch(rows, epoch)
        return pixels, torch.from_numpy(self.values[rows].astype(np.int64))


class SumOfLosses(nn.Module):
    """(N, 31) logits and (N, 11) targets -> the mean over cells of the attributes' cross-entropies, summed."""

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        parts = [
            nn.functional.cross_entropy(logits[:, part], targets[:, number]) for number, part in enumerate(columns())
        ]
        return torch.stack(parts).sum()


class AttributeTrainer(ClassifierTrainer):
    """Trains a network of eleven predictions a picture; its accuracies are means over the attributes."""

    def build(self) -> None:
        super().build()
        self.loss = SumOfLosses()

    def count_correct(self, logits: Tensor, rows: np.ndarray) -> int:
        correct = _values(logits) == self.data.train.values[rows]  # type: ignore[attr-defined]
        return round(float(correct.mean(axis=1).sum()))

    @torch.inference_mode()
    def validate(self, net: nn.Module, images: Images) -> tuple[float, float]:
        """Mean loss, and accuracy as the mean over attributes."""
        assert isinstance(images, AttributeImages)
        logits = torch.from_numpy(logits_of(net, images, self.start.mean, self.start.std))
        loss = self.loss(logits, torch.from_numpy(images.values.astype(np.int64)))
        return float(loss), float((_values(logits) == images.values).mean())


def logits_of(
    net: nn.Module, images: Images, mean: tuple[float, ...], std: tuple[float, ...], *, symmetries: int = 1
) -> npt.NDArray[np.float32]:
    """(N, 31), the mean over the positions in which each picture is read."""
    net.eval()
    logits = []
    with torch.inference_mode():
        for first in range(0, len(images), BATCH):
            pixels, _ = images.batch(np.arange(first, min(first + BATCH, len(images))))
            logits.append(mean_logits(net, scaled(pixels, mean, std), symmetries).float().numpy())
    return np.concatenate(logits)


def _values(logits: Tensor) -> npt.NDArray[np.int8]:
    return likeliest(logits.double().numpy())


def images_of_part(source: Source, cells: AnnotatedCells, part: str, size: int, progress: Progress) -> AttributeImages:
    """The pictures of one of the authors' parts, framed as the source knows them."""
    places = {key: number for number, key in enumerate(source.keys())}
    rows = cells.where("part", part)
    where = np.array([places[cells.keys[row]] for row in rows], np.intp)
    pixels = Rows(cached_pixels(source, size, progress=progress), where)
    values = cells.values[rows]
    return AttributeImages(pixels, values[:, 0].astype(np.int64), values)  # type: ignore[arg-type]


def prepare(
    source: Source, cells: AnnotatedCells, changes: dict[str, object], progress: Progress
) -> tuple[Recipe, TrainingData]:
    """The recipe, with some settings changed, and the authors' train and validation parts."""
    recipe = load_recipe(RECIPE, **(SETTINGS | changes))
    train, val = (images_of_part(source, cells, part, recipe.input_size, progress) for part in ("train", "val"))
    identity = cells.table[["key", "part"]].to_csv(index=False).encode() + cells.values.tobytes()
    key = hashlib.sha256(identity + str(recipe.input_size).encode()).hexdigest()
    return recipe, TrainingData(train, val, OUTPUTS, key)


def predict_test_part(
    trainer: AttributeTrainer,
    source: Source,
    cells: AnnotatedCells,
    calibrate: Callable[[Floats, npt.NDArray[np.int8]], tuple[Floats, Floats]],
    progress: Progress,
) -> AttributePredictions:
    """Predictions of the best epoch for the authors' test part, calibrated on their validation part.

    calibrate: from (M, 31) probabilities and (M, 11) values of validation to (11,) temperatures, and thresholds.
    """
    net, start, recipe = trainer.best(), trainer.start, trainer.recipe
    val = trainer.data.val
    assert isinstance(val, AttributeImages)
    plain = np.ones(len(ATTRIBUTES))
    temperatures, _ = calibrate(
        softmaxes(logits_of(net, val, start.mean, start.std, symmetries=recipe.symmetries), plain), val.values
    )
    images = images_of_part(source, cells, "test", recipe.input_size, progress)
    probabilities = softmaxes(logits_of(net, images, start.mean, start.std, symmetries=recipe.symmetries), temperatures)
    return predictions_of(cells, cells.where("part", "test"), "part", probabilities, "")
