"""The command that trains."""

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console

from core.checkpoints import LOCALIZER, find_checkpoint, list_checkpoints
from core.cli.data import at_hand
from core.cli.progress import Bar
from core.datasets import Source
from core.datasets.laboratories import single_cells
from core.detection.loading import load_localizer
from core.detection.recipe import DETECTOR
from core.errors import RecipeError
from core.experiments.domain_shift.running import classes_of, framed_to_learn
from core.experiments.recording import record_seed
from core.publishing.classifier import publish_classifier
from core.publishing.ensemble import publish_ensemble
from core.publishing.localizer import train_and_publish_localizer
from core.settings import checkpoints_folder
from core.synthetic.generator.recipe import generator_recipe_names
from core.training.classifier import ClassifierTrainer
from core.training.data import TrainingData, load_data
from core.training.distillation import with_teachers
from core.training.mixing import load_mixed
from core.training.recipe import Recipe, load_recipe
from core.training.state import EpochProgress, EpochReport

ENSEMBLE_TITLE = "Ensemble of the models that help each other most"


def run(
    recipe_name: str,
    folder: Path,
    changes: list[str],
    name: str,
    experiment: str,
    root: Path | None,
    console: Console,
) -> bool:
    """Train; publish where a name is given, keep a record where an experiment is.

    Returns False where it was stopped before its end.
    """
    if recipe_name == LOCALIZER:
        with Bar(console, "finder") as bar:
            published = train_and_publish_localizer(
                checkpoints_folder() / LOCALIZER, folder, bar, begun=lambda run: stop_on_signal(run.stop)
            )
        if published is None:
            console.print(f"Stopped and saved in {folder}; the same command goes on from there.")
        return published is not None
    if recipe_name in generator_recipe_names():
        from core.cli.generate import train_generator  # here, for it takes its settings by this module

        return train_generator(recipe_name, folder, changes, name, root, console)
    if recipe_name == DETECTOR:
        from core.cli.detector import train_detector  # here, for it takes its settings by this module

        return train_detector(folder, changes, name, console)
    recipe = load_recipe(recipe_name, **dict(setting(change) for change in changes))
    with Bar(console, f"images of {', '.join(recipe.learned)}") as bar:
        if recipe.sources:
            first_gives_classes = sorted(recipe.learned, key=lambda name: name != recipe.source)
            source, *others = [single_cells(at_hand(name)) for name in first_gives_classes]
            data = mixed(recipe, [source, *others], bar)
        else:
            source, others = at_hand(recipe.source, root), []
            data = load_data(recipe, source, bar)
    if recipe.teachers:
        with Bar(console, "views read by the teachers") as bar:
            data = with_teachers(data, recipe, source, bar)
    trainer = ClassifierTrainer(recipe, data, folder, _reporter(console))
    console.print(f"{recipe.name}: {trainer.start.description}, {trainer.device}, {trainer.state.precision}")
    stop_on_signal(trainer.stop)
    if not trainer.train():
        console.print(f"Stopped and saved in {folder}; the same command goes on from there.")
        return False
    if name and not trainer.processes.rank:
        with Bar(console, f"publishing {name}") as bar:
            title = trainer.spec.title + (", several laboratories" if others else "")
            publish_classifier(trainer, source, title, checkpoints_folder() / name, bar, others=others)
    if experiment and not trainer.processes.rank:
        record_seed(trainer, source, experiment, trainer.spec.title, f"Seed {recipe.seed}.")
    return True


def mixed(recipe: Recipe, sources: list[Source], bar: Bar) -> TrainingData:
    """The pictures of several sources, framed as the reader will frame them; RecipeError where the one that gives the
    classes is left out, for then no checkpoint can be made (`labs run without-…` tries that)."""
    if recipe.leave_out_lab == recipe.source:
        raise RecipeError(f"{recipe.source} gives the classes; `python -m core labs run` tries what leaves it out.")
    localizer = load_localizer()
    return load_mixed(recipe, [framed_to_learn(one, localizer) for one in sources], classes_of(recipe), bar)


def run_ensemble(name: str, members: list[str], console: Console) -> None:
    """Publish the ensemble `name` of some of these checkpoints; of all that are no ensembles where none is named."""
    candidates = [find_checkpoint(one) for one in members] or [
        one for one in list_checkpoints() if one.ensemble is None
    ]
    made = publish_ensemble(candidates, ENSEMBLE_TITLE, checkpoints_folder() / name)
    console.print(f"{name}: {made.card.began_from}")


def setting(change: str) -> tuple[str, Any]:
    """`epochs=3` as a name and a value that pydantic can read."""
    name, equals, value = change.partition("=")
    if not equals:
        raise RecipeError(f"{change} is not a setting; write it as name=value, such as epochs=3.")
    if value.startswith("["):
        try:
            return name, json.loads(value)
        except ValueError as error:
            raise RecipeError(f"{value} is not a list; write it as JSON, such as [[1, 64], [5, 128]].") from error
    return name, value


def stop_on_signal(stop: Callable[[], None]) -> dict[int, Any]:
    """Ctrl-C and a polite kill call `stop`; returns what they did before."""
    return {number: signal.signal(number, lambda *_: stop()) for number in (signal.SIGINT, signal.SIGTERM)}


def epoch_line(progress: EpochProgress) -> str:
    """How an epoch that has just ended went."""
    row = progress.row or {}
    return (
        f"epoch {progress.epoch}/{progress.epochs}  train {row['train_loss']:.4f} {row['train_accuracy']:.4f}  "
        f"validation {row['val_loss']:.4f} {row['val_accuracy']:.4f}  {row['seconds']:.0f} s, "
        f"{progress.seconds_left / 60:.1f} min left"
    )


def _reporter(console: Console) -> EpochReport:
    """A line an epoch; on a terminal also a line that is rewritten with every batch."""

    def report(progress: EpochProgress) -> None:
        if progress.row is not None:
            console.print(epoch_line(progress))
        elif console.is_terminal:
            console.print(
                f"epoch {progress.epoch}/{progress.epochs} batch {progress.step}/{progress.steps} "
                f"loss {progress.loss:.4f}, {progress.seconds_left / 60:.1f} min left",
                end="\r",
            )

    return report
