"""Training by a recipe, and ensembles of what was trained."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.bars import Bar, classifier_reporter, encoding_reporter, epoch_reporter
from core.cli.options import Changes, Root
from core.cli.printing import log
from core.cli.running import at_hand, settings_of, stop_on_signal, stopped
from core.errors import RecipeError, SourceError

if TYPE_CHECKING:
    from core.datasets import Source
    from core.datasets.boxes import MarkedField
    from core.detection.recipe import DetectorRecipe
    from core.detection.scenes import LoadedField
    from core.training.data import TrainingData
    from core.training.recipe import Recipe

ENSEMBLE_TITLE = "Ensemble of the models that help each other most"

app = typer.Typer()


@app.command()
def train(
    recipe: Annotated[str, typer.Argument(help="A recipe by name, or finder, detector or generator.")],
    out: Annotated[Path | None, typer.Option(help="Folder of the run; a run that is there goes on.")] = None,
    change: Changes = None,
    publish: Annotated[str, typer.Option(help="Publish the finished run as a checkpoint of this name.")] = "",
    record: Annotated[str, typer.Option(help="Record the finished run's predictions under this experiment.")] = "",
    root: Root = None,
) -> None:
    """Train by a recipe. Ctrl-C stops and saves; the same command goes on from there."""
    from core.checkpoints import LOCALIZER
    from core.detection.recipe import DETECTOR
    from core.synthetic.generator.recipe import generator_recipe_names

    folder = out or Path("runs") / recipe
    if recipe == LOCALIZER:
        done = _train_localizer(folder)
    elif recipe == DETECTOR:
        done = train_detector(folder, settings_of(change), publish)
    elif recipe in generator_recipe_names():
        done = _train_generator(recipe, folder, settings_of(change), publish, root)
    else:
        done = _train_classifier(recipe, folder, settings_of(change), publish=publish, experiment=record, root=root)
    if not done:
        raise stopped(folder)


@app.command()
def ensemble(
    name: Annotated[str, typer.Argument(help="What the ensemble is called.")],
    members: Annotated[list[str] | None, typer.Argument(help="Checkpoints to choose from; all if none.")] = None,
) -> None:
    """Publish an ensemble, its members chosen greedily on validation images."""
    from core.checkpoints import find_checkpoint, list_checkpoints
    from core.publishing.ensemble import publish_ensemble
    from core.settings import checkpoints_folder

    candidates = [find_checkpoint(member) for member in members or ()]
    candidates = candidates or [checkpoint for checkpoint in list_checkpoints() if checkpoint.ensemble is None]
    published = publish_ensemble(candidates, ENSEMBLE_TITLE, checkpoints_folder() / name)
    log.print(f"{name}: {published.card.began_from}")


def _train_classifier(
    name: str, folder: Path, settings: dict[str, Any], *, publish: str, experiment: str, root: Path | None
) -> bool:
    """False where it was stopped before its end, here as below."""
    from core.experiments.recording import record_seed
    from core.publishing.classifier import publish_classifier
    from core.settings import checkpoints_folder
    from core.training.classifier import ClassifierTrainer
    from core.training.recipe import load_recipe

    recipe = load_recipe(name, **settings)
    data, source, others = _data_of(recipe, root)
    trainer = ClassifierTrainer(recipe, data, folder, classifier_reporter(log))
    log.print(f"{recipe.name}: {trainer.start.description}, {trainer.device}, {trainer.state.precision}")
    stop_on_signal(trainer.stop)
    if not trainer.train():
        return False
    if publish and not trainer.processes.rank:
        with Bar(log, f"publishing {publish}") as bar:
            title = trainer.spec.title + (", several laboratories" if others else "")
            publish_classifier(trainer, source, title, checkpoints_folder() / publish, bar, others=others)
    if experiment and not trainer.processes.rank:
        record_seed(trainer, source, experiment, trainer.spec.title, f"Seed {recipe.seed}.")
    return True


def _data_of(recipe: "Recipe", root: Path | None) -> "tuple[TrainingData, Source, list[Source]]":
    """What a recipe learns from; the source that gives the classes, and the others."""
    from core.datasets.laboratories import single_cells
    from core.training.data import load_data
    from core.training.distillation import with_teachers

    others: list[Source] = []
    with Bar(log, f"images of {', '.join(recipe.learned)}") as bar:
        if recipe.sources:
            first_gives_classes = sorted(recipe.learned, key=lambda name: name != recipe.source)
            source, *others = [single_cells(at_hand(name)) for name in first_gives_classes]
            data = _mixed(recipe, [source, *others], bar)
        else:
            source = at_hand(recipe.source, root)
            data = load_data(recipe, source, bar)
    if recipe.teachers:
        with Bar(log, "views read by the teachers") as bar:
            data = with_teachers(data, recipe, source, bar)
    return data, source, others


def _mixed(recipe: "Recipe", sources: "list[Source]", bar: Bar) -> "TrainingData":
    """The pictures of several sources, framed as the reader will frame them; RecipeError where the one that gives the
    classes is left out, for then no checkpoint can be made (`labs run without-…` tries that)."""
    from core.detection.loading import load_localizer
    from core.experiments.domain_shift.running import classes_of, framed_to_learn
    from core.training.mixing import load_mixed

    if recipe.leave_out_lab == recipe.source:
        raise RecipeError(f"{recipe.source} gives the classes; `python -m core labs run` tries what leaves it out.")
    localizer = load_localizer()
    return load_mixed(recipe, [framed_to_learn(source, localizer) for source in sources], classes_of(recipe), bar)


def _train_localizer(folder: Path) -> bool:
    """Trains and publishes the localizer of single cells."""
    from core.checkpoints import LOCALIZER
    from core.publishing.localizer import train_and_publish_localizer
    from core.settings import checkpoints_folder

    with Bar(log, LOCALIZER) as bar:
        target = checkpoints_folder() / LOCALIZER
        return train_and_publish_localizer(target, folder, bar, begun=lambda run: stop_on_signal(run.stop)) is not None


def train_detector(folder: Path, settings: dict[str, Any], publish: str) -> bool:
    """Trains the detector of cells in fields."""
    from core.datasets.boxes import FIELD_SOURCES, marked_fields
    from core.detection.recipe import make_detector_recipe
    from core.detection.scenes import evenly, load_fields
    from core.detection.training import DetectorData, DetectorTrainer, data_key
    from core.publishing.detector import publish_detector
    from core.settings import checkpoints_folder

    recipe = make_detector_recipe(settings)
    unknown = set(recipe.sources) - set(FIELD_SOURCES)
    if unknown:
        raise RecipeError(f"There are no fields with boxes called {', '.join(sorted(unknown))}.")
    fields = [field for field in marked_fields(*recipe.sources) if field.lab not in recipe.leave_out]
    train, val = ([field for field in fields if field.split == split] for split in ("train", "val"))
    with Bar(log, "fields") as bar:
        loaded, loaded_val = load_fields(train, bar), load_fields(val, bar)
    crops = _single_cells(recipe, train)
    if recipe.even:
        loaded = [loaded[row] for row in evenly(train)]
    data = DetectorData(loaded, loaded_val, data_key(fields, crops), crops)
    run = DetectorTrainer(recipe, data, folder, epoch_reporter(log))
    log.print(
        f"{recipe.name}: {run.start.description}, {run.device}, {run.state.precision}, {len(train)} fields, "
        f"{len(crops)} photos of single cells"
    )
    stop_on_signal(run.stop)
    if not run.train():
        return False
    if publish:
        with Bar(log, f"publishing {publish}") as bar:
            publish_detector(run, [*fields, *_other_test_fields(recipe.sources)], checkpoints_folder() / publish, bar)
    return True


def _single_cells(recipe: "DetectorRecipe", fields: "Sequence[MarkedField]") -> "list[LoadedField]":
    """What the recipe shows of single cells, their edges found by the detector at hand where no source tells them."""
    from core.detection.crops import cell_sources, load_crops
    from core.detection.loading import load_detector

    sources = cell_sources(recipe)
    if not sources:
        return []
    with Bar(log, "single cells") as bar:
        return load_crops(recipe, sources, fields, load_detector(), bar)


def _other_test_fields(sources: Sequence[str]) -> "list[MarkedField]":
    """The test fields of every other source that is at hand: laboratories that the detector never saw."""
    from core.datasets.boxes import FIELD_SOURCES, marked_fields

    fields: list[MarkedField] = []
    for source in FIELD_SOURCES:
        if source not in sources:
            with suppress(SourceError):
                fields += marked_fields(source)
    return [field for field in fields if field.split == "test"]


def _train_generator(name: str, folder: Path, settings: dict[str, Any], publish: str, root: Path | None) -> bool:
    """Trains both stages of the generator of cells."""
    from core.publishing.generator import publish_generator
    from core.settings import checkpoints_folder
    from core.synthetic.generator.cells import load_cells
    from core.synthetic.generator.recipe import load_generator_recipe
    from core.synthetic.generator.training import GeneratorRun

    recipe = load_generator_recipe(name, settings)
    source = at_hand(recipe.source, root)
    with Bar(log, f"images of {recipe.source}") as bar:
        data = load_cells(recipe, source, bar)
    run = GeneratorRun(recipe, data, folder, epoch_reporter(log), encoding_reporter(log))
    log.print(
        f"{recipe.name}: {len(data.train):,} cells of {len(data.conditions)} kinds, {run.autoencoder.state.precision}"
    )
    stop_on_signal(run.stop)
    if not run.train():
        return False
    if publish:
        with Bar(log, f"publishing {publish}") as bar:
            publish_generator(run, source, checkpoints_folder() / publish, bar)
    return True
