"""A frozen network with new last layers: its features are worked out once, so that a run takes seconds."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from core.experiments.studies.preparing import Prepared
from core.models.features import compute_head_features
from core.models.pretrained import begin_from
from core.models.registry import build, find_architecture
from core.progress import Progress, silent
from core.settings import cache_folder
from core.storage import write_array
from core.training.classifier import HISTORY_COLUMNS
from core.training.data import EpochOrder
from core.training.engine import BatchResult, Stateful, Trainer
from core.training.recipe import Recipe
from core.training.state import EpochReport

BATCH = 128
HIDDEN = 256


def _head(features: int, classes: int) -> nn.Module:
    """The layers that study E puts on a frozen network, as far as it says: one hidden layer, then the classes."""
    return nn.Sequential(nn.Linear(features, HIDDEN), nn.ReLU(), nn.Dropout(0.2), nn.Linear(HIDDEN, classes))


class FrozenHeadTrainer(Trainer[Recipe, np.ndarray]):
    """Trains new last layers on the features of a recipe's network, which stays as it is; no augmentation.

    A batch is row numbers of the plan. The best epoch is the one of the best validation accuracy.
    """

    columns = HISTORY_COLUMNS
    max_gradient_norm = None
    seeds_epochs = False

    def __init__(
        self,
        recipe: Recipe,
        prepared: Prepared,
        folder: Path,
        report: EpochReport = lambda progress: None,
        *,
        progress: Progress = silent,
    ) -> None:
        self.prepared, self.data, self.patience, self._tell = prepared, prepared.data(), recipe.patience, progress
        self.spec = find_architecture(recipe.architecture)
        self.labels = torch.from_numpy(prepared.labels)
        rows = prepared.plan.rows
        self.order = EpochOrder(len(rows["train"]), torch.Generator().manual_seed(recipe.seed))
        super().__init__(recipe, prepared.key, folder, report)

    def build(self) -> None:
        recipe, classes = self.recipe, len(self.data.space)
        torch.manual_seed(recipe.seed)
        self.frozen = build(recipe.architecture, classes, recipe.input_size)
        start = begin_from(self.frozen, self.spec, recipe.begin_from)
        self.start = replace(start, description=f"{start.description}, frozen, with two new layers")
        self.features = torch.from_numpy(self._features(self._tell))
        net = _head(self.features.shape[1], classes)
        # Brought to one scale, so that all features are learned from alike.
        train = self.features[torch.from_numpy(self.prepared.plan.rows["train"])]
        self.centre, self.spread = train.mean(0), train.std(0).clamp_min(1e-6)
        optimizer = torch.optim.AdamW(net.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
        self.set_network(net, optimizer, torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1.0))

    def best(self) -> nn.Module:
        """The new layers of the best epoch, which take the features brought to one scale."""
        assert self.best_weights is not None
        head = _head(self.features.shape[1], len(self.data.space))
        head.load_state_dict(self.best_weights)
        return head.eval()

    @torch.inference_mode()
    def probabilities(self, split: str) -> np.ndarray:
        """(N, K) of the best epoch for the images of a split."""
        logits: Tensor = self.best()(self._scaled(self.prepared.plan.rows[split]))
        return logits.double().softmax(1).numpy()

    @property
    def epochs(self) -> int:
        return self.recipe.epochs

    @property
    def steps(self) -> int:
        return -(-len(self.prepared.plan.rows["train"]) // self.recipe.batch_size)

    def parts(self) -> dict[str, Stateful]:
        return super().parts() | {"order": self.order}

    def pick_precision(self) -> str:
        """Two layers gain nothing from a lower one."""
        return "fp32"

    def batches(self, epoch: int, first: int) -> Iterator[np.ndarray]:
        train = self.prepared.plan.rows["train"]
        for rows in self.order.rows(epoch).split(self.recipe.batch_size)[first:]:
            yield train[rows.numpy()]

    def train_batch(self, batch: np.ndarray) -> BatchResult:
        logits = self.net(self._scaled(batch))
        loss = nn.functional.cross_entropy(logits, self.labels[batch])
        self.optimize(loss)
        correct = float((logits.argmax(1) == self.labels[batch]).sum())
        return BatchResult({"loss": float(loss.detach()) * len(batch), "accuracy": correct}, len(batch))

    @torch.inference_mode()
    def evaluate(self) -> dict[str, float]:
        rows = self.prepared.plan.rows["val"]
        logits = self.net.eval()(self._scaled(rows))
        correct = (logits.argmax(1) == self.labels[rows]).float()
        loss = nn.functional.cross_entropy(logits, self.labels[rows])
        return {"val_loss": float(loss), "val_accuracy": float(correct.mean())}

    def row(self, figures: dict[str, float]) -> dict[str, float]:
        return super().row(figures) | {"size": self.recipe.input_size}

    def is_best(self, row: dict[str, float]) -> bool:
        best = self.state.best_row
        return best is None or row["val_accuracy"] > best["val_accuracy"]

    def _scaled(self, rows: np.ndarray) -> Tensor:
        return (self.features[torch.from_numpy(rows)] - self.centre) / self.spread

    def _features(self, progress: Progress) -> np.ndarray:
        """(N, D) float32 of all images of the plan, from the cache where some run has made them."""
        plan = self.prepared.plan
        digest = hashlib.sha256(f"{self.start.mean} {self.start.std} {self.prepared.size}".encode())
        for name, value in self.frozen.state_dict().items():
            if not name.startswith(f"{self.spec.head}."):
                digest.update(value.numpy().tobytes())
        digest.update(plan.source.spec.digest(plan.source.root, list(plan.table["key"])).encode())
        path = cache_folder() / "features" / f"{self.recipe.architecture}-{digest.hexdigest()[:24]}.npy"
        if path.is_file():
            return np.asarray(np.load(path))
        features = self._read(progress)
        write_array(path, features)
        return features

    def _read(self, progress: Progress) -> np.ndarray:
        pixels = self.prepared.pixels
        features: list[np.ndarray] = []
        batches = (
            torch.from_numpy(np.array(pixels[first : first + BATCH])).permute(0, 3, 1, 2)
            for first in range(0, len(pixels), BATCH)
        )
        for part in compute_head_features(self.frozen, self.spec, batches, self.start.mean, self.start.std):
            features.append(part)
            progress(min(len(features) * BATCH, len(pixels)), len(pixels))
        return np.concatenate(features)
