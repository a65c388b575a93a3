"""A run that trains the detector: stopped anywhere, it goes on as if it had not been."""

import hashlib
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch import Tensor, nn

from core.data.marked import MarkedField
from core.detecting.net import CellNet, take_eyes
from core.detecting.recipe import DetectorRecipe
from core.detecting.scenes import Batch, Held, Scenes
from core.detecting.targets import losses, targets
from core.errors import RecipeError
from core.models.pretrained import Start, begin_from
from core.models.registry import build, find_architecture
from core.models.scaling import scaled
from core.training.optimizing import averaged, rising_and_falling
from core.training.precision import autocast, chosen_precision
from core.training.state import SAVE_EVERY, EpochProgress
from core.versions import hardware

EYES = "resnet18"
HISTORY_COLUMNS = ("epoch", "lr", "train_loss", "train_centres", "train_boxes", "val_loss", "seconds")
JUDGED = 10
"""Batches of validation scenes after an epoch; always the same ones."""


@dataclass
class DetectorState:
    """Everything that changes. `step` counts the batches done in `epoch` (from 1)."""

    epoch: int = 1
    step: int = 0
    centres: float = 0.0
    boxes: float = 0.0
    seconds: float = 0.0
    finished: bool = False
    precision: str = ""
    history: list[dict[str, float]] = field(default_factory=list)


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


class DetectorRun:
    """One run in one folder. `train()` starts or goes on, and returns whether it is finished; `stop()` from a signal
    handler ends it after the batch in hand, saved. RecipeError where the folder holds another run.
    """

    def __init__(
        self,
        recipe: DetectorRecipe,
        train: list[Held],
        val: list[Held],
        key: str,
        folder: Path,
        report: Callable[[EpochProgress], None] = lambda progress: None,
    ) -> None:
        self.recipe, self.key, self.folder, self.report = recipe, key, folder, report
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.scenes = Scenes(train, recipe)
        plain = recipe.model_copy(update={"mosaic": 0.0, "smallest": 0.999, "largest": 1.001})
        self.judged = Scenes(val, plain)
        net, self.start = begun(recipe)
        self.net = net.to(self.device).to(memory_format=torch.channels_last)
        self.average = averaged(self.net, recipe.average)
        self.optimizer = torch.optim.AdamW(
            self.net.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay
        )
        self.schedule = rising_and_falling(self.optimizer, self.scenes.steps * recipe.epochs)
        self.state = DetectorState()
        self._stopping = False
        folder.mkdir(parents=True, exist_ok=True)
        if not self._restore():
            self.state.precision = chosen_precision(recipe.precision, self.device, self._trial)
            self.net.zero_grad(set_to_none=True)

    def stop(self) -> None:
        self._stopping = True

    def best(self) -> CellNet:
        """The averaged network, on the CPU, in evaluation mode."""
        made = CellNet(self.recipe.channels)
        made.load_state_dict(self.average.module.state_dict())
        return made.eval()

    def history(self) -> pd.DataFrame:
        """One row an epoch: HISTORY_COLUMNS."""
        return pd.DataFrame(self.state.history, columns=list(HISTORY_COLUMNS))

    def summary(self) -> dict[str, float | int | str]:
        """What a card says of the run: epochs, seconds, precision, hardware."""
        return {
            "epochs": len(self.state.history),
            "seconds": round(sum(row["seconds"] for row in self.state.history)),
            "precision": self.state.precision,
            "hardware": hardware(self.device),
        }

    def train(self) -> bool:
        """Run to the end or until stopped. Returns whether the run is finished."""
        while not self.state.finished:
            if not self._epoch():
                self._save()
                return False
            self._end_epoch()
        return True

    def _epoch(self) -> bool:
        state = self.state
        self.net.train()
        begin, before = time.perf_counter(), state.seconds
        saved = begin
        for step in range(state.step, self.scenes.steps):
            if self._stopping:
                return False
            centres, boxes = self._learn(self.scenes.batch(state.epoch, step))
            state.centres, state.boxes, state.step = state.centres + centres, state.boxes + boxes, step + 1
            now = time.perf_counter()
            state.seconds = before + now - begin
            self.report(self._progress())
            if now - saved > SAVE_EVERY:
                self._save()
                saved = now
        return True

    def _end_epoch(self) -> None:
        state = self.state
        begin = time.perf_counter()
        judged = self._judge()
        state.seconds += time.perf_counter() - begin
        centres, boxes = state.centres / state.step, state.boxes / state.step
        loss = centres + self.recipe.box_weight * boxes
        values = (state.epoch, float(self.schedule.get_last_lr()[0]), loss, centres, boxes, judged, state.seconds)
        row = dict(zip(HISTORY_COLUMNS, (round(value, 6) for value in values), strict=True))
        state.history.append(row)
        self.report(self._progress(row))
        state.finished = state.epoch >= self.recipe.epochs
        if not state.finished:
            state.epoch, state.step, state.centres, state.boxes, state.seconds = state.epoch + 1, 0, 0.0, 0.0, 0.0
        self._save()

    def _loss(self, net: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
        seen = scaled(batch.pixels.to(self.device), self.start.mean, self.start.std)
        seen = seen.contiguous(memory_format=torch.channels_last)
        with autocast(self.device, self.state.precision):
            said = net(seen)
        maps = type(said)(*(value.cpu() for value in said)) if self.device.type != "cpu" else said
        return losses(maps, targets(batch.cells, batch.known))

    def _learn(self, batch: Batch) -> tuple[float, float]:
        centres, boxes = self._loss(self.net, batch)
        self.optimizer.zero_grad(set_to_none=True)
        (centres + self.recipe.box_weight * boxes).backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), 10.0)
        self.optimizer.step()
        self.schedule.step()
        self.average.update_parameters(self.net)
        return float(centres.detach()), float(boxes.detach())

    @torch.inference_mode()
    def _judge(self) -> float:
        """Loss of the averaged network on the same validation scenes every time; NaN where there are none."""
        self.average.eval()
        steps = min(JUDGED, self.judged.steps if self.judged.fields else 0)
        told = [self._loss(self.average, self.judged.batch(1, step)) for step in range(steps)]
        total = [float(centres + self.recipe.box_weight * boxes) for centres, boxes in told]
        return sum(total) / len(total) if total else float("nan")

    def _trial(self, precision: str) -> None:
        """A step that is thrown away, to time the two precisions by."""
        self.state.precision = precision
        centres, boxes = self._loss(self.net, self.scenes.batch(1, 0))
        (centres + boxes).backward()

    def _progress(self, row: dict[str, float] | None = None) -> EpochProgress:
        state, steps = self.state, self.scenes.steps
        pace = state.seconds / max(1, state.step)
        left = pace * (steps - state.step + steps * (self.recipe.epochs - state.epoch))
        mean = (state.centres + self.recipe.box_weight * state.boxes) / max(1, state.step)
        return EpochProgress(state.epoch, self.recipe.epochs, state.step, steps, mean, left, row)

    # ---- what stays on disk

    def _parts(self) -> dict[str, Any]:
        return {"net": self.net, "average": self.average, "optimizer": self.optimizer, "schedule": self.schedule}

    def _save(self) -> None:
        """Write the state; a crash while writing leaves the earlier one."""
        stored = {
            "recipe": self.recipe.model_dump_json(),
            "data": self.key,
            "state": vars(self.state),
            "parts": {name: part.state_dict() for name, part in self._parts().items()},
        }
        partial = self.folder / "state.pt.part"
        torch.save(stored, partial)
        os.replace(partial, self.folder / "state.pt")
        self.history().to_csv(self.folder / "history.csv", index=False)

    def _restore(self) -> bool:
        path = self.folder / "state.pt"
        if not path.exists():
            return False
        stored = torch.load(path, map_location=self.device, weights_only=True)
        if DetectorRecipe.model_validate_json(stored["recipe"]) != self.recipe or stored["data"] != self.key:
            raise RecipeError(
                f"The folder {self.folder} holds a detector of another recipe or of other images; name another "
                "folder or remove it."
            )
        for name, part in self._parts().items():
            part.load_state_dict(stored["parts"][name])
        self.state = DetectorState(**stored["state"])
        return True
