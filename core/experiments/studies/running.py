"""Runs one arm of a study and keeps its record."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from core.datasets import Source
from core.errors import RecipeError
from core.evaluation.results.records import Record
from core.experiments.recording import probabilities, record
from core.experiments.sequence import InTurn
from core.experiments.studies.frozen import FrozenHeadTrainer
from core.experiments.studies.preparing import PREPARATIONS, Plan, Prepared, prepare
from core.experiments.studies.study import Arm, Study
from core.models.normalization import scaled
from core.progress import Progress, silent
from core.training.classifier import ClassifierTrainer
from core.training.data import Images
from core.training.recipe import make_recipe
from core.training.state import EpochReport

PER_CLASS = "per_class"
"""A setting beside the recipe's own: training images a class, spread evenly over its photos; 0 for all."""
READ_BATCH = 32
"""Images that are read together where the answers depend on it."""


class Unscaled(ClassifierTrainer):
    """A trainer that gives its network pixels from 0 to 1, whatever its weights expect."""

    def build(self) -> None:
        super().build()
        self.start = replace(self.start, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))


class DefaultStart(ClassifierTrainer):
    """A trainer whose network begins as PyTorch's layers do by default, not as our builder begins it."""

    def build(self) -> None:
        super().build()
        torch.manual_seed(self.recipe.seed)
        for module in self.net.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                module.reset_parameters()
        self.start = replace(self.start, description="random weights by PyTorch's default")


@dataclass
class Runner(InTurn):
    """Runs arms of one study; one that was stopped goes on when run again."""

    study: Study
    source: Source
    out: Path
    settings: dict[str, Any] = field(default_factory=dict)
    progress: Progress = silent
    report: EpochReport = lambda progress: None
    root: Path | None = None
    """Where records are kept; with the shipped ones where it is None."""

    def run(self, arm: Arm) -> Record | None:
        """The record of the arm, trained to its end; None where it was stopped before."""
        arm = changed(arm, self.settings)
        made = PREPARATIONS[arm.data](self.source, arm.recipe, int(self.settings.get(PER_CLASS, 0)))
        if isinstance(made, list):
            return self._folds(arm, made)
        prepared = prepare(made, arm.recipe.input_size, self.progress)
        if arm.way == "head":
            return self._head(arm, prepared)
        trainer = self._trained(arm, prepared, self._folder(arm))
        if trainer is None:
            return None
        answers = {split: answered(trainer, arm, prepared.images(split)) for split in ("val", "test")}
        return self._record(arm, trainer, prepared, answers)

    def _folder(self, arm: Arm) -> Path:
        return self.out / self.study.experiment / arm.folder

    def _trained(self, arm: Arm, prepared: Prepared, folder: Path) -> ClassifierTrainer | None:
        kind = Unscaled if arm.unscaled else DefaultStart if arm.default_start else ClassifierTrainer
        trainer = self.take(kind(arm.recipe, prepared.data(), folder, self.report))
        return trainer if trainer.train() else None

    def _head(self, arm: Arm, prepared: Prepared) -> Record | None:
        trainer = self.take(
            FrozenHeadTrainer(arm.recipe, prepared, self._folder(arm), self.report, progress=self.progress)
        )
        if not trainer.train():
            return None
        answers = {split: trainer.probabilities(split) for split in ("val", "test")}
        return self._record(arm, trainer, prepared, answers)

    def _folds(self, arm: Arm, plans: list[Plan]) -> Record | None:
        """One training a fold; every photo's answer comes from the one that did not see it."""
        pooled = np.zeros((len(plans[0].table), len(plans[0].space)))
        for number, plan in enumerate(plans, start=1):
            prepared = prepare(plan, arm.recipe.input_size, self.progress)
            trainer = self._trained(arm, prepared, self._folder(arm) / f"fold-{number}")
            if trainer is None:
                return None
            pooled[plan.rows["test"]] = answered(trainer, arm, prepared.images("test"))
        everything = replace(plans[-1], rows={**plans[-1].rows, "test": np.arange(len(pooled))})
        return self._record(arm, trainer, replace(prepared, plan=everything), {"test": pooled})

    def _record(self, arm: Arm, run: Any, prepared: Prepared, answers: dict[str, np.ndarray]) -> Record:
        return record(
            run,
            prepared.plan.source,
            {split: prepared.part(split) for split in answers},
            experiment=self.study.experiment,
            name=arm.name,
            title=arm.title,
            note=arm.note,
            split_note=prepared.plan.note,
            answers=answers,
            counts=prepared.plan.counts,
            root=self.root,
        )


def changed(arm: Arm, settings: dict[str, Any]) -> Arm:
    """The arm with some settings of its recipe changed; RecipeError where one is unknown or out of its range."""
    mine = {name: value for name, value in settings.items() if name != PER_CLASS}
    per_class = str(settings.get(PER_CLASS, 0))
    if not per_class.isdigit():
        raise RecipeError(f"per_class is a whole number of images, not {per_class}.")
    recipe = make_recipe(arm.recipe.model_dump() | mine) if mine else arm.recipe
    return replace(arm, recipe=recipe, note=f"{arm.note}{reduced(int(per_class))}")


def reduced(per_class: int) -> str:
    """What a run's note says where it did not learn from all training images; empty where it did."""
    return f" Learned from a part: {per_class:,} images a class, spread evenly over the photos." if per_class else ""


def answered(trainer: ClassifierTrainer, arm: Arm, images: Images) -> np.ndarray:
    """(N, K) probabilities, by the network and in the mode that the arm names."""
    net = trainer.last() if arm.keeps == "last" else trainer.best()
    start = trainer.start
    if arm.reading == "evaluation":
        return probabilities(net, images, start.mean, start.std)
    return batch_by_batch(net, images, start.mean, start.std, arm.reading == "training, shuffled")


def batch_by_batch(
    net: nn.Module, images: Images, mean: tuple[float, ...], std: tuple[float, ...], shuffled: bool
) -> np.ndarray:
    """(N, K) answers of a network left in training mode: normalised by the batch, in the images' order or shuffled."""
    order = np.random.default_rng(0).permutation(len(images)) if shuffled else np.arange(len(images))
    found = np.zeros((len(images), 0))
    net.train()
    with torch.inference_mode():
        for first in range(0, len(order), READ_BATCH):
            rows = order[first : first + READ_BATCH]
            pixels, _ = images.batch(rows)
            said = net(scaled(pixels, mean, std)).double().softmax(1).numpy()
            found = found if found.size else np.zeros((len(images), said.shape[1]))
            found[rows] = said
    net.eval()
    return found
