"""Is a generated cell a copy of a training cell? Told by content, in each of the picture's eight positions."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from sklearn.decomposition import PCA
from torch import Tensor

from core.datasets.fingerprints import fingerprints
from core.errors import CheckpointError
from core.models.features import compute_head_features
from core.models.pretrained import Teacher, load_teacher
from core.models.registry import find_architecture
from core.models.symmetries import positions
from core.progress import Progress, silent
from core.synthetic.generator.cells import SYMMETRIES, Cells
from core.training.augment import resized

DIMENSIONS = 32
_BLOCK = 256


class FeatureNet:
    """The features before the last layer of one of our checkpoints; CheckpointError where it is not at hand."""

    def __init__(self, name: str, classes: int) -> None:
        self.name = name
        self.teacher: Teacher = load_teacher(name, classes)

    @property
    def sha256(self) -> str:
        return self.teacher.sha256

    def features(self, pictures: np.ndarray) -> np.ndarray:
        """(N, S, S, 3) uint8 -> (N, F) float32."""
        teacher = self.teacher
        spec = find_architecture(teacher.architecture)
        batches = (resized(part, teacher.size) for part in _tensors(pictures))
        return np.concatenate(list(compute_head_features(teacher.net, spec, batches, teacher.mean, teacher.std)))


def _tensors(pictures: np.ndarray) -> Iterator[Tensor]:
    for first in range(0, len(pictures), 64):
        part = np.ascontiguousarray(pictures[first : first + 64])
        yield torch.from_numpy(part).permute(0, 3, 1, 2).contiguous()


def eight_views(pictures: np.ndarray) -> list[np.ndarray]:
    """(N, S, S, 3) uint8 in each of the eight positions, the upright one first."""
    views = positions(torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2), SYMMETRIES)
    return [view.permute(0, 2, 3, 1).contiguous().numpy() for view in views]


@dataclass(frozen=True)
class NearestCells:
    """Of N pictures the nearest training cells, in any position: distances and row numbers, each (N,).

    bits: in which the fingerprints differ, of 128; features: Euclidean, in reduced features.
    """

    bits: np.ndarray
    bits_row: np.ndarray
    features: np.ndarray
    features_row: np.ndarray


@dataclass(frozen=True)
class CopyDetector:
    """The training cells as far as they are needed to recognise a copy.

    mean (F,) and axes (D, F) reduce features to points (N, D) float16; prints (N, 16) uint8. least_bits and
    least_features: the smallest distance of a real validation cell from a training cell. What is nearer than
    that, in one of both, is taken for a copy.
    """

    mean: np.ndarray
    axes: np.ndarray
    points: np.ndarray
    prints: np.ndarray
    least_bits: int = 0
    least_features: float = 0.0

    @classmethod
    def fit(cls, net: FeatureNet, train: Cells, val: Cells, progress: Progress = silent) -> "CopyDetector":
        """From the training cells, and the distances of validation cells from them."""
        features, prints = [], []
        total = len(train) + len(val)
        for rows in _chunks(len(train)):
            pictures = train.pictures(rows)
            features.append(net.features(pictures))
            prints.append(fingerprints(pictures))
            progress(int(rows[-1]) + 1, total)
        all_features = np.concatenate(features)
        reduction = PCA(min(DIMENSIONS, *all_features.shape), random_state=0).fit(all_features)
        axes = np.array(reduction.components_, np.float32, order="C")
        mean = reduction.mean_.astype(np.float32)
        points = ((all_features - mean) @ axes.T).astype(np.float16)
        unfitted = cls(mean, axes, points, np.concatenate(prints))
        nearest = []
        for rows in _chunks(len(val)):
            nearest.append(unfitted.nearest(val.pictures(rows), net))
            progress(len(train) + int(rows[-1]) + 1, total)
        bits = min(int(part.bits.min()) for part in nearest)
        least = min(float(part.features.min()) for part in nearest)
        return cls(mean, axes, points, unfitted.prints, bits, least)

    def nearest(self, pictures: np.ndarray, net: FeatureNet) -> NearestCells:
        """(N, S, S, 3) uint8 -> the nearest training cells."""
        best: list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]] = []
        for view in eight_views(pictures):
            bits, bits_row = _nearest_prints(self.prints, fingerprints(view))
            reduced = (net.features(view) - self.mean) @ self.axes.T
            distances, row = nearest_points(self.points.astype(np.float32), reduced)
            best.append((bits, bits_row, distances, row))
        bits, bits_rows, distances, rows = (np.stack(values) for values in zip(*best, strict=True))
        best_bits, best_features = bits.argmin(0), distances.argmin(0)
        every_row = np.arange(len(pictures))
        return NearestCells(
            bits[best_bits, every_row],
            bits_rows[best_bits, every_row],
            distances[best_features, every_row],
            rows[best_features, every_row],
        )

    def copied(self, nearest: NearestCells) -> np.ndarray:
        """(N,) bool: nearer to a training cell than any real validation cell is."""
        return (nearest.bits < self.least_bits) | (nearest.features < self.least_features)

    def tensors(self) -> dict[str, np.ndarray]:
        """As arrays by name, to be stored."""
        return {f"copies.{name}": np.array(value, order="C") for name, value in vars(self).items()}

    @classmethod
    def from_tensors(cls, arrays: dict[str, np.ndarray]) -> "CopyDetector":
        """The inverse of `tensors`; CheckpointError where some are missing."""
        try:
            mean, axes, points, prints, bits, least = (arrays[f"copies.{name}"] for name in cls.__dataclass_fields__)
        except KeyError as error:
            raise CheckpointError("The generator's statistics do not tell copies of training cells.") from error
        return cls(mean, axes, points, prints, int(bits), float(least))


def _chunks(count: int) -> Iterator[np.ndarray]:
    for first in range(0, count, _BLOCK):
        yield np.arange(first, min(first + _BLOCK, count))


def _nearest_prints(training: np.ndarray, queries: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bits and row of the nearest of `training` (N, 16) for each of `queries` (M, 16)."""
    training_words = np.ascontiguousarray(training).view(np.uint64).reshape(len(training), 2)
    query_words = np.ascontiguousarray(queries).view(np.uint64).reshape(len(queries), 2)
    bits, rows = np.zeros(len(query_words), np.int64), np.zeros(len(query_words), np.int64)
    for first in range(0, len(query_words), _BLOCK):
        distances = np.bitwise_count(query_words[first : first + _BLOCK, None] ^ training_words[None]).sum(
            2, dtype=np.int64
        )
        rows[first : first + _BLOCK] = distances.argmin(1)
        bits[first : first + _BLOCK] = distances.min(1)
    return bits, rows


def nearest_points(training: np.ndarray, queries: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Euclidean distance and row of the nearest of `training` (N, D) for each of `queries` (M, D)."""
    distance, rows = np.zeros(len(queries)), np.zeros(len(queries), np.int64)
    lengths = np.square(training, dtype=np.float32).sum(1)
    for first in range(0, len(queries), _BLOCK):
        part = queries[first : first + _BLOCK].astype(np.float32)
        rows_here = (lengths[None] - 2 * part @ training.T).argmin(1)
        rows[first : first + _BLOCK] = rows_here
        # Anew from the difference: the shortcut above loses the digits of very near pairs.
        distance[first : first + _BLOCK] = np.linalg.norm(part - training[rows_here], axis=1)
    return distance, rows
