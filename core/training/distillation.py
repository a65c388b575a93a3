"""Prepared views: every training picture augmented at a teacher's size, reduced, and labelled by the teachers.

After Beyer et al., "Knowledge distillation: A good teacher is patient and consistent", CVPR 2022
(arXiv:2106.05237): student and teacher see the very same view. The views are made once and mapped from the
cache, so that many runs share the teachers' work. Augmenting before the reduction keeps small pictures
sharp: at 28 pixels a turn by any angle would blur them.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from core.datasets import Source, cached_pixels
from core.datasets.laboratories import learnable
from core.models.normalization import scaled
from core.models.pretrained import Teacher, load_teacher
from core.progress import Progress
from core.settings import cache_folder
from core.storage import write_array
from core.training.augment import Augment, resized
from core.training.data import Images, TrainingData, images_of
from core.training.recipe import Recipe

BATCH = 128
POLICY = "smear"


@dataclass(frozen=True)
class DistillationImages(Images):
    """Pictures of which each epoch sees another prepared view, with targets between label and teachers.

    views: V of (N, S, S, 3) uint8, mapped; teacher_probabilities: V of (N, K) float16, a mean over the teachers.
    """

    views: tuple[np.ndarray, ...]
    teacher_probabilities: tuple[np.ndarray, ...]
    share: float

    def batch(self, rows: np.ndarray, epoch: int = 1) -> tuple[Tensor, Tensor]:
        """(N, 3, S, S) uint8 and targets (N, K) float32 for those rows in that epoch."""
        view = (epoch - 1) % len(self.views)
        pixels = torch.from_numpy(np.ascontiguousarray(self.views[view][rows]))
        teacher_probabilities = torch.from_numpy(self.teacher_probabilities[view][rows].astype(np.float32))
        labels = torch.nn.functional.one_hot(torch.from_numpy(self.labels[rows]), teacher_probabilities.shape[1])
        return pixels.permute(0, 3, 1, 2).contiguous(), self.share * teacher_probabilities + (1 - self.share) * labels


def with_teachers(data: TrainingData, recipe: Recipe, source: Source, progress: Progress | None = None) -> TrainingData:
    """The same data with the prepared views of a recipe's teachers in place of the plain training pictures.

    CheckpointError where a teacher cannot be had.
    """
    teachers = [load_teacher(name, len(data.space)) for name in recipe.teachers]
    size = max(teacher.size for teacher in teachers)
    identity = " ".join([data.key, *(teacher.sha256 for teacher in teachers), f"{recipe.input_size} {size} {POLICY}"])
    key = hashlib.sha256(identity.encode()).hexdigest()
    prefix = cache_folder() / "views" / key[:24]
    source = learnable(source)
    large = images_of(source, cached_pixels(source, size), "train")
    for view in range(recipe.views):
        if not _path(prefix, view, "probabilities").is_file():
            _make(prefix, view, large, data.train, teachers, recipe.input_size)
        if progress:
            progress(view + 1, recipe.views)
    views, teacher_probabilities = (
        tuple(np.load(_path(prefix, view, part), mmap_mode="r") for view in range(recipe.views))
        for part in ("pixels", "probabilities")
    )
    train = DistillationImages(data.train.pixels, data.train.labels, views, teacher_probabilities, recipe.teacher_share)
    return replace(data, train=train, key=key)


def _path(prefix: Path, view: int, part: str) -> Path:
    return prefix.with_name(f"{prefix.name}-{view:02d}-{part}.npy")


def _make(prefix: Path, view: int, large: Images, small: Images, teachers: Sequence[Teacher], size: int) -> None:
    """One view of every picture. The first is the picture itself, as the student will be asked to read it."""
    torch.manual_seed(view)
    augment = Augment(POLICY)
    pixels, teacher_probabilities = [], []
    for first in range(0, len(large), BATCH):
        rows = np.arange(first, min(first + BATCH, len(large)))
        pictures = large.batch(rows)[0]
        if view:
            pictures = augment(pictures)
        reduced = resized(pictures, size) if view else small.batch(rows)[0]
        pixels.append(reduced.permute(0, 2, 3, 1).numpy())
        teacher_probabilities.append(_mean_probabilities(teachers, pictures))
    # The probabilities last: where they are, the pixels are whole.
    for part, arrays in (("pixels", pixels), ("probabilities", teacher_probabilities)):
        write_array(_path(prefix, view, part), np.concatenate(arrays))


@torch.inference_mode()
def _mean_probabilities(teachers: Sequence[Teacher], pixels: Tensor) -> np.ndarray:
    """(N, 3, S, S) uint8 -> (N, K) float16, in bf16 arithmetic, which halves the time and changes them little."""
    probabilities = []
    for teacher in teachers:
        batch = scaled(resized(pixels, teacher.size), teacher.mean, teacher.std)
        batch = batch.contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            probabilities.append(teacher.net(batch).float().softmax(1))
    return torch.stack(probabilities).mean(0).to(torch.float16).numpy()
