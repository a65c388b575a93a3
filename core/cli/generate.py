"""Commands on generated cells: train the generator, make cells, write examples, judge, let models learn from them."""

from pathlib import Path
from typing import Any, Literal

from rich.console import Console

from core.cli.data import at_hand
from core.cli.progress import Bar, epoch_reporter
from core.cli.train import epoch_line, setting, stop_on_signal
from core.datasets import Source
from core.errors import CheckpointError, RecipeError
from core.experiments.balancing import ARMS, filled, keep, make_pool
from core.experiments.generator_evaluation import Judgement, judge
from core.experiments.generator_sheets import write_sheets
from core.inference.cell_maker import Maker, Tally
from core.inference.reader import Reader
from core.inference.selection import choose
from core.progress import Progress
from core.publishing.example_cells import write_examples
from core.publishing.generator import publish_generator
from core.settings import checkpoints_folder
from core.synthetic.examples import FOLDER
from core.synthetic.generator.cells import load_cells
from core.synthetic.generator.copies import FeatureNet
from core.synthetic.generator.loading import find_generator
from core.synthetic.generator.mark import encoded
from core.synthetic.generator.recipe import GENERATOR, load_generator_recipe
from core.synthetic.generator.training import GeneratorRun
from core.training.classifier import ClassifierTrainer
from core.training.data import load_data
from core.training.recipe import load_recipe
from core.training.state import EpochProgress, EpochReport

EXAMPLES_SEED = 1


def train_generator(
    recipe_name: str, folder: Path, changes: list[str], name: str, root: Path | None, console: Console
) -> bool:
    """Train both stages; publish where a name is given. Returns False where it was stopped before its end."""
    recipe = load_generator_recipe(recipe_name, dict(setting(change) for change in changes))
    source = at_hand(recipe.source, root)
    with Bar(console, f"images of {recipe.source}") as bar:
        data = load_cells(recipe, source, bar)
    run = GeneratorRun(recipe, data, folder, epoch_reporter(console), _encoding(console))
    console.print(
        f"{recipe.name}: {len(data.train):,} cells of {len(data.conditions)} kinds, {run.autoencoder.state.precision}"
    )
    stop_on_signal(run.stop)
    if not run.train():
        console.print(f"Stopped and saved in {folder}; the same command goes on from there.")
        return False
    if name:
        with Bar(console, f"publishing {name}") as bar:
            publish_generator(run, source, checkpoints_folder() / name, bar)
    return True


def _encoding(console: Console) -> Progress:
    def report(done: int, total: int) -> None:
        if done == total:
            console.print(f"{total:,} cells encoded")
        elif console.is_terminal:
            console.print(f"encoding cell {done:,} of {total:,}", end="\r")

    return report


def maker_of(name: str, read_by: str | None = None, guidance: float | None = None) -> Maker:
    """The generator of that name. read_by: the model that must read a cell as asked ("" for the best), None for any."""
    checkpoint = find_generator(name or GENERATOR)
    reader = None if read_by is None else Reader(choose(read_by))
    return Maker(checkpoint, reader, guidance)


def make_cells(
    maker: Maker,
    cell: str,
    subtype: str,
    count: int,
    seed: int,
    folder: Path,
    suffix: Literal["png", "webp"],
    console: Console,
) -> list[Path]:
    """Write `count` cells of a class into a folder, each marked as generated in its name and its metadata."""
    with Bar(console, f"cells drawn as {cell}") as bar:
        made = maker.make(cell, count, seed, subtype, bar)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for number, one in enumerate(made, start=1):
        path = folder / f"generated-{one.condition.cell}-{one.condition.subtype or 'any'}-{seed}-{number:03}.{suffix}"
        path.write_bytes(encoded(one.pixels, maker.facts(one), suffix))
        written.append(path)
    return written


def tally_line(tally: Tally) -> str:
    """What became of the cells that were drawn, in one sentence."""
    told = f"{tally.drawn:,} cells were drawn; {tally.copies:,} were nearer to a training cell than any real pair is"
    return f"{told}, {tally.read_otherwise:,} were read as another class." if tally.read_otherwise else f"{told}."


def make_examples(maker: Maker, folder: Path | None, console: Console) -> list[Path]:
    """Write the examples that come with Smearlens, or the same into another folder."""
    with Bar(console, "classes") as bar:
        return write_examples(maker, folder or FOLDER, EXAMPLES_SEED, bar)


def judge_cells(
    maker: Maker,
    model: str,
    features: str,
    split: str,
    most: int,
    seed: int,
    sheets: Path | None,
    root: Path | None,
    console: Console,
) -> Judgement:
    """How like real cells the generated ones are, and whether they are copies."""
    if features == maker.features.name:
        raise CheckpointError(f"The generator was trained by what {features} sees; name another checkpoint's features.")
    source = at_hand(maker.checkpoint.card.trained.source, root)
    if source.split_hash() != maker.checkpoint.card.trained.split_hash:
        raise CheckpointError(f"The split of {source.root} is not the one that {maker.checkpoint.name} learned from.")
    net = FeatureNet(features, len(maker.checkpoint.space))
    reader = Reader(choose(model))
    with Bar(console, "cells drawn") as bar:
        judged = judge(maker, source, net, reader, split, most, seed, bar)
    if sheets is not None:
        for path in write_sheets(judged, source, sheets, seed):
            console.print(str(path))
    return judged


def lines_of(judged: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    """A table of a judgement: columns and rows, generated cells beside real ones."""
    likeness, right, near = (judged[name] for name in ("likeness", "read_as_asked", "nearest_training_cell"))
    both = ("generated", "real")
    features = judged["features"]
    rows = [
        [f"Fréchet distance, {features}", *(f"{likeness[one]['frechet']:.2f}" for one in both)],
        [
            f"kernel distance × 1,000, {features}",
            *(f"{1000 * likeness[one]['kernel']:.2f} ± {1000 * likeness[one]['kernel_sd']:.2f}" for one in both),
        ],
        ["precision", *(f"{likeness[one]['precision']:.3f}" for one in both)],
        ["recall", *(f"{likeness[one]['recall']:.3f}" for one in both)],
    ]
    for name in right[both[0]]:
        rates = (right[one][name] for one in both)
        told = [f"{rate['value']:.3f} ({rate['low']:.3f} to {rate['high']:.3f})" for rate in rates]
        rows.append([f"read as asked by {judged['reader']}, {name}", *told])
    for name in ("bits", "features", "pixels"):
        told = [f"{near[one][name]['least']:.3f}, {near[one][name]['median']:.3f}" for one in both]
        rows.append([f"nearest training cell by {name}: least, median", *told])
    counts = [f"{near[one]['nearer_than_any_real_pair']} of {near[one]['n']}" for one in both]
    rows.append(["nearer to it than any real pair", *counts])
    return [f"n = {judged['n']}", *both], rows


def balance(
    recipe_name: str,
    seeds: list[int],
    generator: str,
    per_class: int,
    folder: Path,
    changes: list[str],
    root: Path | None,
    console: Console,
) -> bool:
    """Train a recipe in each arm with each seed and record it. Returns False where it was stopped before its end."""
    settings = dict(setting(change) for change in changes)
    if "balance" in settings:
        raise RecipeError("How classes are balanced is what this experiment compares; leave balance as it is.")
    recipe = load_recipe(recipe_name, **settings)
    maker = maker_of(generator)
    source = at_hand(recipe.source, root)
    if source.split_hash() != maker.checkpoint.card.trained.split_hash:
        raise CheckpointError(f"{maker.checkpoint.name} may have learned from the cells that {source.root} holds out.")
    with Bar(console, f"images of {recipe.source}") as bar:
        data = load_data(recipe, source, bar)
    with Bar(console, "cells generated") as bar:
        pool = make_pool(maker, data, recipe.input_size, folder / "pool", EXAMPLES_SEED, per_class, bar)
    for seed in seeds:
        for arm in ARMS:
            named = recipe.model_copy(update={"name": f"{recipe.name}-{arm}", "seed": seed})
            learned = filled(data, arm, pool, seed, per_class)
            trainer = ClassifierTrainer(named, learned, folder / f"{arm}-{seed}", _of_arm(console, arm, seed))
            stop_on_signal(trainer.stop)
            if not trainer.train():
                console.print(f"Stopped and saved in {folder}; the same command goes on from there.")
                return False
            _keep(trainer, source, arm)
    return True


def _keep(trainer: ClassifierTrainer, source: Source, arm: str) -> None:
    if not trainer.processes.rank:
        keep(trainer, source, arm)


def _of_arm(console: Console, arm: str, seed: int) -> EpochReport:
    def report(progress: EpochProgress) -> None:
        if progress.row is not None:
            console.print(f"{arm}, seed {seed}: {epoch_line(progress)}")

    return report
