"""A class that a model never saw: a recipe is trained without it, and its cells are set against known ones."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np

from core.datasets import Source, cached_pixels
from core.errors import RecipeError
from core.evaluation.results.ood import Group, OodFigures, OodMeasurement, ood_figures
from core.experiments.benchmarks.ood import BATCH, CLUSTERS_OR_OUTLIERS, NetworkOutputs, fit_scores
from core.experiments.frame import Experiment, Runner
from core.models.features import compute_stage_features, head_width, stage_names
from core.ood.training_features import training_features
from core.training.classifier import ClassifierTrainer
from core.training.data import Images, Rows, TrainingData, images_of, load_data
from core.training.recipe import Recipe

MOST = 3_000
"""Training cells that scores are fitted on."""


def without(data: TrainingData, key: str) -> TrainingData:
    """The same without the cells of a class; its place among the answers stays, and is never the right one."""
    number = data.space.index(key)

    def kept(images: Images) -> Images:
        rows = np.flatnonzero(images.labels != number)
        return Images(Rows(images.pixels, rows), images.labels[rows])  # type: ignore[arg-type]

    return TrainingData(kept(data.train), kept(data.val), data.space, f"{data.key} without {key}")


@dataclass(frozen=True)
class LeftOutRun:
    """name: of the class left out."""

    name: str

    @property
    def title(self) -> str:
        return f"without {self.name}"

    @property
    def note(self) -> str:
        return f"Every class but {self.name} is learned."


@dataclass(frozen=True)
class LeftOutResult:
    """cells: of validation, against which the class left out was set."""

    figures: tuple[OodFigures, ...]
    cells: int


def left_out_experiment(recipe: Recipe, source: Source) -> Experiment[LeftOutRun]:
    """Each class of the source in turn."""
    runs = tuple(LeftOutRun(key) for key in source.label_space.keys)
    return Experiment(f"{recipe.name}-left-out", source.spec.title, runs)


@dataclass
class LeftOutRunner(Runner[LeftOutRun, LeftOutResult]):
    """Trains a recipe without a class, and measures how cells of that class are told from the others."""

    recipe: Recipe
    source: Source

    def run(self, run: LeftOutRun) -> LeftOutResult | None:
        trainer = self.train(run)
        if trainer is None:
            return None
        return LeftOutResult(tuple(measure(trainer, self.source, run.name)), len(trainer.data.val))

    def train(self, run: LeftOutRun) -> ClassifierTrainer | None:
        """A finished training that never saw the class; None where it was stopped.

        RecipeError where the source has no such class.
        """
        if run.name not in self.source.label_space.keys:
            classes = ", ".join(self.source.label_space.keys)
            raise RecipeError(f"{self.source.spec.title} has no class {run.name}; there are {classes}.")
        data = without(load_data(self.recipe, self.source), run.name)
        trainer = self.take(ClassifierTrainer(self.recipe, data, self.out / run.name, self.report))
        return trainer if trainer.train() else None


def measure(trainer: ClassifierTrainer, source: Source, key: str) -> list[OodFigures]:
    """Every score on validation and test cells of the class left out and on test cells of those kept.

    They are set against validation cells of those kept.

    trainer: a finished run that never saw the class.
    """
    recipe, data = trainer.recipe, trainer.data
    see = _seeing(trainer)
    rows = np.sort(np.random.default_rng(0).permutation(len(data.train))[:MOST])
    crops, labels = data.train.pixels[rows], data.train.labels[rows]
    val = see(data.val.pixels[np.arange(len(data.val))])
    fitted_on = training_features(lambda part: see(np.stack(part)).stages, crops, len(crops), recipe.augment)
    scores = [(name, score, score(val)) for name, score in fit_scores(fitted_on, labels, val)("").items()]
    pixels, number = cached_pixels(source, recipe.input_size), data.space.index(key)
    held, test = (images_of(source, pixels, split) for split in ("val", "test"))
    parts: tuple[tuple[Group, str, Images, np.ndarray], ...] = (
        ("left out, validation", key, held, held.labels == number),
        ("left out", key, test, test.labels == number),
        ("test", f"known cells, without {key}", test, test.labels != number),
    )
    return [
        ood_figures(name, group, kind, score(pictures), near)
        for group, kind, images, chosen in parts
        for pictures in [see(images.pixels[np.flatnonzero(chosen)])]
        for name, score, near in scores
    ]


def gathered(recipe: Recipe, rows: list[OodFigures], cells: int, command: str) -> OodMeasurement:
    """What is kept of a recipe."""
    return OodMeasurement(
        name=f"{recipe.name}-left-out",
        sha256="",
        chosen=CLUSTERS_OR_OUTLIERS,
        used=CLUSTERS_OR_OUTLIERS,
        cells=cells,
        date=date.today().isoformat(),
        command=command,
        rows=tuple(rows),
    )


def _seeing(trainer: ClassifierTrainer) -> Callable[[np.ndarray], NetworkOutputs]:
    net, spec, start = trainer.best(), trainer.spec, trainer.start
    names = stage_names(spec.name, len(trainer.data.space), trainer.recipe.input_size)
    head = head_width(net, spec)

    def see(crops: np.ndarray) -> NetworkOutputs:
        starts = range(0, len(crops), BATCH)
        parts = [
            compute_stage_features(net, spec, names, crops[first : first + BATCH], start.mean, start.std)
            for first in starts
        ]
        return NetworkOutputs(
            np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts]), head
        )

    return see
