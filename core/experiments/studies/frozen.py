"""A frozen network with new last layers: its features are worked out once, so that a run takes seconds."""

import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from core.experiments.studies.preparing import Prepared
from core.models.features import compute_head_features
from core.models.pretrained import begin_from
from core.models.registry import build, find_architecture
from core.progress import Progress
from core.settings import cache_folder
from core.training.loop import Progress as Epoch
from core.training.recipe import Recipe
from core.training.state import RunState

BATCH = 128
HIDDEN = 256


def _head(features: int, classes: int) -> nn.Module:
    """The layers that study E puts on a frozen network, as far as it says: one hidden layer, then the classes."""
    return nn.Sequential(nn.Linear(features, HIDDEN), nn.ReLU(), nn.Dropout(0.2), nn.Linear(HIDDEN, classes))


class FrozenRun:
    """Trains new last layers on the features of a recipe's network, which stays as it is; no augmentation.

    A `Run` for core.experiments.recording: its best epoch is the one of the best validation accuracy.
    """

    def __init__(self, recipe: Recipe, prepared: Prepared, progress: Progress) -> None:
        self.recipe, self.prepared, self.data = recipe, prepared, prepared.data()
        self.spec = find_architecture(recipe.architecture)
        torch.manual_seed(recipe.seed)
        self.net = build(recipe.architecture, len(self.data.space), recipe.input_size)
        start = begin_from(self.net, self.spec, recipe.begin_from)
        self.start = replace(start, description=f"{start.description}, frozen, with two new layers")
        self.state = RunState(precision="fp32")
        self.features = torch.from_numpy(self._features(progress))
        self.labels = torch.from_numpy(prepared.labels)
        self.head = _head(self.features.shape[1], len(self.data.space))
        # Brought to one scale, so that all features are learned from alike.
        rows = torch.from_numpy(prepared.plan.rows["train"])
        self.centre = self.features[rows].mean(0)
        self.spread = self.features[rows].std(0).clamp_min(1e-6)

    def best(self) -> nn.Module:
        """The new layers of the best epoch, which take the features brought to one scale."""
        head = _head(self.features.shape[1], len(self.data.space))
        head.load_state_dict(self.state.tensors["best"])
        return head.eval()

    def summary(self) -> dict[str, float | int | str]:
        """As a Trainer's."""
        return self.state.summary(torch.device("cpu"))

    def answers(self, split: str) -> np.ndarray:
        """(N, K) probabilities of the best epoch for the images of a split."""
        with torch.inference_mode():
            return self.best()(self._seen(self.prepared.plan.rows[split])).double().softmax(1).numpy()

    def train(self, report: Callable[[Epoch], None] = lambda epoch: None) -> bool:
        """All epochs, or until validation gets no better; always to the end, since it is short."""
        recipe, state = self.recipe, self.state
        optimizer = torch.optim.AdamW(self.head.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
        train, val = (self.prepared.plan.rows[split] for split in ("train", "val"))
        generator = torch.Generator().manual_seed(recipe.seed)
        for epoch in range(1, recipe.epochs + 1):
            begin = time.perf_counter()
            loss_sum = correct = 0.0
            self.head.train()
            for rows in torch.randperm(len(train), generator=generator).split(recipe.batch_size):
                chosen = train[rows.numpy()]
                logits = self.head(self._seen(chosen))
                loss = nn.functional.cross_entropy(logits, self.labels[chosen])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                loss_sum += float(loss.detach()) * len(chosen)
                correct += float((logits.argmax(1) == self.labels[chosen]).sum())
            row = self._row(epoch, loss_sum / len(train), correct / len(train), val)
            state.history.append(row | {"seconds": round(time.perf_counter() - begin, 2)})
            self._keep(row)
            report(Epoch(epoch, recipe.epochs, 1, 1, row["train_loss"], 0.0, state.history[-1]))
            if 0 < recipe.patience <= state.stale:
                break
        state.finished = True
        return True

    def _row(self, epoch: int, loss: float, accuracy: float, val: np.ndarray) -> dict[str, float]:
        self.head.eval()
        with torch.inference_mode():
            logits = self.head(self._seen(val))
            val_loss = float(nn.functional.cross_entropy(logits, self.labels[val]))
            val_accuracy = float((logits.argmax(1) == self.labels[val]).float().mean())
        rate = self.recipe.learning_rate
        return {
            "epoch": epoch,
            "lr": rate,
            "train_loss": loss,
            "train_accuracy": accuracy,
            "val_loss": val_loss,
            "val_accuracy": val_accuracy,
            "size": self.recipe.input_size,
        }

    def _keep(self, row: dict[str, float]) -> None:
        state = self.state
        state.stale = 0 if row["val_loss"] < state.best_loss else state.stale + 1
        state.best_loss = min(state.best_loss, row["val_loss"])
        if row["val_accuracy"] > state.best_accuracy:
            state.best_accuracy, state.best_epoch = row["val_accuracy"], int(row["epoch"])
            state.tensors["best"] = {name: value.detach().clone() for name, value in self.head.state_dict().items()}

    def _seen(self, rows: np.ndarray) -> Tensor:
        return (self.features[torch.from_numpy(rows)] - self.centre) / self.spread

    def _features(self, progress: Progress) -> np.ndarray:
        """(N, D) float32 of all images of the plan, from the cache where some run has made them."""
        plan = self.prepared.plan
        total = hashlib.sha256(f"{self.start.mean} {self.start.std} {self.prepared.size}".encode())
        for name, value in self.net.state_dict().items():
            if not name.startswith(f"{self.spec.head}."):
                total.update(value.numpy().tobytes())
        total.update(plan.source.spec.digest(plan.source.root, list(plan.table["key"])).encode())
        path = cache_folder() / "features" / f"{self.recipe.architecture}-{total.hexdigest()[:24]}.npy"
        if path.is_file():
            return np.asarray(np.load(path))
        found = self._read(progress)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}.part")
        with draft.open("wb") as file:
            np.save(file, found)
        os.replace(draft, path)
        return found

    def _read(self, progress: Progress) -> np.ndarray:
        pixels, found = self.prepared.pixels, []
        batches = (
            torch.from_numpy(np.array(pixels[first : first + BATCH])).permute(0, 3, 1, 2)
            for first in range(0, len(pixels), BATCH)
        )
        for part in compute_head_features(self.net, self.spec, batches, self.start.mean, self.start.std):
            found.append(part)
            progress(min(len(found) * BATCH, len(pixels)), len(pixels))
        return np.concatenate(found)
