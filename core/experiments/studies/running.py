"""Makes one run of a study and keeps its record."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from core.datasets import Source
from core.errors import RecipeError
from core.evaluation.results.records import Record
from core.experiments.frame import Runner
from core.experiments.recording import FinishedRun, probabilities, record
from core.experiments.studies.frozen import FrozenHeadTrainer
from core.experiments.studies.preparing import PREPARATIONS, Plan, Prepared, prepare
from core.experiments.studies.study import Study, StudyRun
from core.models.normalization import scaled
from core.training.classifier import ClassifierTrainer
from core.training.data import Images
from core.training.recipe import make_recipe

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
class StudyRunner(Runner[StudyRun, Record]):
    """Makes the runs of one study from one source."""

    study: Study
    source: Source

    def run(self, run: StudyRun) -> Record | None:
        run = changed(run, self.settings)
        plan = PREPARATIONS[run.data](self.source, run.recipe, int(self.settings.get(PER_CLASS, 0)))
        if isinstance(plan, list):
            return self._folds(run, plan)
        prepared = prepare(plan, run.recipe.input_size, self.progress)
        if run.way == "head":
            return self._head(run, prepared)
        trainer = self._trained(run, prepared, self._folder(run))
        if trainer is None:
            return None
        predictions = {split: predict(trainer, run, prepared.images(split)) for split in ("val", "test")}
        return self._record(run, trainer, prepared, predictions)

    def _folder(self, run: StudyRun) -> Path:
        return self.out / self.study.experiment.name / run.folder

    def _trained(self, run: StudyRun, prepared: Prepared, folder: Path) -> ClassifierTrainer | None:
        trainer_class = Unscaled if run.unscaled else DefaultStart if run.default_start else ClassifierTrainer
        trainer = self.take(trainer_class(run.recipe, prepared.data(), folder, self.report))
        return trainer if trainer.train() else None

    def _head(self, run: StudyRun, prepared: Prepared) -> Record | None:
        trainer = self.take(
            FrozenHeadTrainer(run.recipe, prepared, self._folder(run), self.report, progress=self.progress)
        )
        if not trainer.train():
            return None
        predictions = {split: trainer.probabilities(split) for split in ("val", "test")}
        return self._record(run, trainer, prepared, predictions)

    def _folds(self, run: StudyRun, plans: list[Plan]) -> Record | None:
        """One training a fold; every photo's answer comes from the one that did not see it."""
        pooled = np.zeros((len(plans[0].table), len(plans[0].space)))
        for number, plan in enumerate(plans, start=1):
            prepared = prepare(plan, run.recipe.input_size, self.progress)
            trainer = self._trained(run, prepared, self._folder(run) / f"fold-{number}")
            if trainer is None:
                return None
            last = trainer
            pooled[plan.rows["test"]] = predict(trainer, run, prepared.images("test"))
        everything = replace(plans[-1], rows={**plans[-1].rows, "test": np.arange(len(pooled))})
        return self._record(run, last, replace(prepared, plan=everything), {"test": pooled})

    def _record(
        self, run: StudyRun, trained: FinishedRun, prepared: Prepared, predictions: dict[str, np.ndarray]
    ) -> Record:
        return record(
            trained,
            prepared.plan.source,
            {split: prepared.part(split) for split in predictions},
            experiment=self.study.experiment.name,
            name=run.name,
            title=run.title,
            note=run.note,
            split_note=prepared.plan.note,
            predictions=predictions,
            counts=prepared.plan.counts,
            root=self.root,
        )


def changed(run: StudyRun, settings: dict[str, Any]) -> StudyRun:
    """The run with some settings of its recipe changed; RecipeError where one is unknown or out of its range."""
    changes = {name: value for name, value in settings.items() if name != PER_CLASS}
    per_class = str(settings.get(PER_CLASS, 0))
    if not per_class.isdigit():
        raise RecipeError(f"per_class is a whole number of images, not {per_class}.")
    recipe = make_recipe(run.recipe.model_dump() | changes) if changes else run.recipe
    return replace(run, recipe=recipe, note=f"{run.note}{reduced(int(per_class))}")


def reduced(per_class: int) -> str:
    """What a run's note says where it did not learn from all training images; empty where it did."""
    return f" Learned from a part: {per_class:,} images a class, spread evenly over the photos." if per_class else ""


def predict(trainer: ClassifierTrainer, run: StudyRun, images: Images) -> np.ndarray:
    """(N, K) probabilities, by the network and in the mode that the run names."""
    net = trainer.last() if run.keeps == "last" else trainer.best()
    start = trainer.start
    if run.reading == "evaluation":
        return probabilities(net, images, start.mean, start.std)
    return batch_by_batch(net, images, start.mean, start.std, shuffled=run.reading == "training, shuffled")


def batch_by_batch(
    net: nn.Module, images: Images, mean: tuple[float, ...], std: tuple[float, ...], *, shuffled: bool
) -> np.ndarray:
    """(N, K) answers of a network left in training mode: normalised by the batch, in the images' order or shuffled."""
    order = np.random.default_rng(0).permutation(len(images)) if shuffled else np.arange(len(images))
    p = np.zeros((len(images), 0))
    net.train()
    with torch.inference_mode():
        for first in range(0, len(order), READ_BATCH):
            rows = order[first : first + READ_BATCH]
            pixels, _ = images.batch(rows)
            batch = net(scaled(pixels, mean, std)).double().softmax(1).numpy()
            p = p if p.size else np.zeros((len(images), batch.shape[1]))
            p[rows] = batch
    net.eval()
    return p
