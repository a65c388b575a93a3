"""Do generated cells help? One recipe with rare classes as they are, repeated, and filled up with generated cells."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.datasets import Source
from core.evaluation.results.records import Record
from core.experiments.frame import Experiment, Runner
from core.experiments.recording import record_seed
from core.imaging.windows import cut, whole
from core.inference.cell_maker import CellMaker
from core.progress import Progress
from core.storage import write_array
from core.synthetic.generator.cells import Pixels
from core.training.classifier import ClassifierTrainer
from core.training.data import Images, TrainingData
from core.training.recipe import Recipe

POOL_SEED = 1
"""Of the generated cells, whatever the seed of the training."""


@dataclass(frozen=True)
class BalancingRun:
    """How small classes are filled up, and the seed of a training."""

    filling: str
    note: str
    seed: int = 1

    @property
    def name(self) -> str:
        return f"{self.filling}-{self.seed}"

    @property
    def title(self) -> str:
        return f"{self.filling}, seed {self.seed}"


EXPERIMENT = Experiment(
    "generated-cells",
    "The experiment on generated cells",
    (
        BalancingRun("as-they-are", "Every training cell once an epoch."),
        BalancingRun("repeated", "Small classes filled up with repeated photographs."),
        BalancingRun("generated", "Small classes filled up with generated cells."),
    ),
)


def runs_of(seeds: Iterable[int]) -> list[BalancingRun]:
    """Every filling with each seed."""
    return [replace(run, seed=seed) for seed in seeds for run in EXPERIMENT.runs]


@dataclass
class BalancingRunner(Runner[BalancingRun, Record]):
    """pool: class -> enough generated pictures. per_class: cells up to which classes are filled; 0 for their mean."""

    recipe: Recipe
    source: Source
    data: TrainingData
    pool: dict[str, np.ndarray]
    per_class: int = 0

    def run(self, run: BalancingRun) -> Record | None:
        recipe = self.recipe.model_copy(update={"name": f"{self.recipe.name}-{run.filling}", "seed": run.seed})
        data = filled(self.data, run.filling, self.pool, run.seed, self.per_class)
        trainer = self.take(ClassifierTrainer(recipe, data, self.out / run.name, self.report))
        if not trainer.train():
            return None
        return record_seed(trainer, self.source, EXPERIMENT.name, trainer.spec.title, run.note)


@dataclass(frozen=True)
class Appended:
    """The rows of one array and then those of another, as one."""

    first: Pixels
    count: int
    then: np.ndarray

    def __getitem__(self, wanted: np.ndarray) -> np.ndarray:
        wanted = np.asarray(wanted)
        later = wanted >= self.count
        shape = self.then.shape[1:]
        found = np.empty((len(wanted), *shape), np.uint8)
        found[~later] = self.first[wanted[~later]]
        found[later] = self.then[wanted[later] - self.count]
        return found


def missing(labels: np.ndarray, classes: int, per_class: int = 0) -> np.ndarray:
    """(classes,) cells that each class lacks to `per_class`, or to the mean of all classes where that is 0."""
    counts = np.bincount(labels, minlength=classes)
    return np.maximum((per_class or round(counts.mean())) - counts, 0)


def filled(
    data: TrainingData, filling: str, pool: dict[str, np.ndarray], seed: int, per_class: int = 0
) -> TrainingData:
    """The data of one run. pool: class -> enough generated pictures (N, S, S, 3) uint8; only training changes."""
    lacking = missing(data.train.labels, len(data.space), per_class)
    if filling == "as-they-are" or not lacking.any():
        return data
    rng = np.random.default_rng(seed)
    added: list[np.ndarray] = []
    for number, cell in enumerate(data.space.keys):
        if not lacking[number]:
            continue
        if filling == "generated":
            added.append(pool[cell][: lacking[number]])
        else:
            mine = np.flatnonzero(data.train.labels == number)
            again = np.resize(rng.permutation(mine), lacking[number])
            added.append(np.asarray(data.train.pixels[again]))
    extra = np.concatenate(added)
    labels = np.concatenate([data.train.labels, np.repeat(np.arange(len(lacking)), lacking)]).astype(np.int64)
    pixels = Appended(data.train.pixels, len(data.train), extra)
    decides = hashlib.sha256(f"{data.key} {filling}".encode() + extra.tobytes()).hexdigest()
    return replace(data, train=Images(pixels, labels), key=decides)  # type: ignore[arg-type]


def make_pool(
    maker: CellMaker, data: TrainingData, size: int, folder: Path, per_class: int, progress: Progress
) -> dict[str, np.ndarray]:
    """Generated pictures (N, size, size, 3) for the classes that lack some, none of them a copy; kept in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    lacking = missing(data.train.labels, len(data.space), per_class)
    pool: dict[str, np.ndarray] = {}
    done, total = 0, int(lacking.sum())
    for cell, count in zip(data.space.keys, lacking, strict=True):
        if not count:
            continue
        path = folder / f"{cell}-{size}-{count}-{POOL_SEED}-{maker.checkpoint.card.sha256[:12]}.npy"
        if not path.is_file():
            made = maker.make(cell, int(count), POOL_SEED, progress=_from(done, total, progress))
            framed = np.stack([cut(one.pixels, whole(*one.pixels.shape[1::-1]), size) for one in made])
            write_array(path, framed)
        pool[cell] = np.load(path)
        done += int(count)
        progress(done, total)
    return pool


def _from(before: int, total: int, progress: Progress) -> Progress:
    return lambda done, _: progress(before + done, total)
