"""Generated cells: making them, judging the generator, and letting networks learn from them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from core.cli.bars import Bar, classifier_reporter
from core.cli.options import AsJson, Changes, Model, Root
from core.cli.printing import interval_text, log, print_json, print_table
from core.cli.running import at_hand, settings_of, stopped, stopping_on_signal

if TYPE_CHECKING:
    from core.inference.cell_maker import CellMaker, GenerationTally

EXAMPLES_SEED = 1

app = typer.Typer()


@app.command()
def generate(
    cell: Annotated[str, typer.Option("--class", help="A class, such as basophil.")] = "",
    count: Annotated[int, typer.Option("-n", min=1, max=10_000, help="How many cells.")] = 12,
    seed: Annotated[int, typer.Option(min=0, help="The same seed makes the same cells.")] = 1,
    subtype: Annotated[str, typer.Option(help="As PBC's files begin: PMY, MY, MMY, BNE, SNE.")] = "",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder to write to.")] = None,
    as_read: Annotated[bool, typer.Option("--as-read", help="Keep only cells that the model reads as asked.")] = False,
    webp: Annotated[bool, typer.Option("--webp", help="Write WebP instead of PNG.")] = False,
    guidance: Annotated[float | None, typer.Option(min=0, help="How strongly cells are drawn to their class.")] = None,
    examples: Annotated[bool, typer.Option("--examples", help="Write the examples that come with Smearlens.")] = False,
    evaluate: Annotated[bool, typer.Option("--evaluate", help="Compare generated cells with real ones.")] = False,
    split: Annotated[str, typer.Option(help="Compare with val or test.")] = "test",
    most: Annotated[int, typer.Option(min=0, help="Compare at most this many cells; 0 for half of the split.")] = 0,
    features: Annotated[str, typer.Option(help="Checkpoint whose features are compared.")] = "resnet18",
    model: Model = "",
    generator: Annotated[str, typer.Option(help="The checkpoint that generates.")] = "generator",
    root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Generate cells of no real person, each marked as generated. Or write the examples, or evaluate the generator.

    With --evaluate, --out names a folder for contact sheets; they show photographs of the data set.
    """
    if sum((bool(cell), examples, evaluate)) != 1:
        raise typer.BadParameter("Name either --class, or --examples, or --evaluate.")
    if evaluate and split not in ("val", "test"):
        raise typer.BadParameter("--split is val or test.")
    # An example must be a good one: what a model reads as another class is not shown to a learner.
    maker = _maker_of(generator, model if as_read or examples else None, guidance)
    if evaluate:
        judged = _judge(maker, model=model, features=features, split=split, limit=most, seed=seed, out=out, root=root)
        return print_json(judged) if as_json else print_table(*_judgement_table(judged))
    if examples:
        written = _write_examples(maker, out)
    else:
        suffix: Literal["png", "webp"] = "webp" if webp else "png"
        written = _write_cells(maker, cell, subtype, count, seed=seed, out=out or Path("generated"), suffix=suffix)
    if as_json:
        return print_json({"files": [str(path) for path in written]} | vars(maker.tally))
    for path in written:
        typer.echo(path)
    log.print(_tally_sentence(maker.tally))


@app.command()
def balance(
    recipe: Annotated[str, typer.Argument(help="A recipe by name.")] = "simple_cnn",
    seed: Annotated[list[int] | None, typer.Option(help="A seed; several for several runs. 1 if none.")] = None,
    per_class: Annotated[int, typer.Option(min=0, help="Fill classes up to this many; 0 for the mean.")] = 0,
    generator: Annotated[str, typer.Option(help="The checkpoint that generates.")] = "generator",
    change: Changes = None,
    out: Annotated[Path, typer.Option(help="Folder of the runs; those that are there go on.")] = Path("runs/balance"),
    root: Root = None,
) -> None:
    """Train a recipe on rare classes as they are, repeated, and filled up with generated cells; `runs generated-cells`
    shows the results."""
    from core.errors import CheckpointError, RecipeError
    from core.experiments.balancing import BalancingRun, BalancingRunner, make_pool, runs_of
    from core.experiments.frame import make_runs
    from core.training.data import load_data
    from core.training.recipe import load_recipe

    settings = settings_of(change)
    if "balance" in settings:
        raise RecipeError("How classes are balanced is what this experiment compares; leave balance as it is.")
    declared = load_recipe(recipe, **settings)
    maker = _maker_of(generator)
    source = at_hand(declared.source, root)
    if source.split_hash() != maker.checkpoint.card.trained.split_hash:
        raise CheckpointError(f"{maker.checkpoint.name} may have learned from the cells that {source.root} holds out.")
    folder = out / recipe
    with Bar(log, f"images of {declared.source}") as bar:
        data = load_data(declared, source, bar)
    with Bar(log, "cells generated") as bar:
        pool = make_pool(maker, data, declared.input_size, folder / "pool", per_class, bar)

    @contextmanager
    def start(run: BalancingRun) -> Iterator[BalancingRunner]:
        report = classifier_reporter(log, f"{run.title}: ", batches=False)
        runner = BalancingRunner(declared, source, data, pool, per_class, out=folder, report=report)
        with stopping_on_signal(runner.stop):
            yield runner

    if make_runs(runs_of(seed or [1]), start, log.print) is None:
        raise stopped(folder)


def _maker_of(name: str, read_by: str | None = None, guidance: float | None = None) -> "CellMaker":
    """The generator of that name. read_by: the model that must read a cell as asked ("" for the best), None for any."""
    from core.inference.cell_maker import CellMaker
    from core.inference.reader import Reader
    from core.inference.selection import choose
    from core.synthetic.generator.loading import find_generator
    from core.synthetic.generator.recipe import GENERATOR

    checkpoint = find_generator(name or GENERATOR)
    reader = None if read_by is None else Reader(choose(read_by))
    return CellMaker(checkpoint, reader, guidance)


def _write_cells(
    maker: "CellMaker", cell: str, subtype: str, count: int, *, seed: int, out: Path, suffix: Literal["png", "webp"]
) -> list[Path]:
    """Writes `count` cells of a class into a folder, each marked as generated in its name and its metadata."""
    from core.synthetic.generator.mark import encoded

    with Bar(log, f"cells drawn as {cell}") as bar:
        cells = maker.make(cell, count, seed, subtype, bar)
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for number, made in enumerate(cells, start=1):
        path = out / f"generated-{made.condition.cell}-{made.condition.subtype or 'any'}-{seed}-{number:03}.{suffix}"
        path.write_bytes(encoded(made.pixels, maker.facts(made), suffix))
        written.append(path)
    return written


def _write_examples(maker: "CellMaker", out: Path | None) -> list[Path]:
    """The examples that come with Smearlens, or the same in another folder."""
    from core.publishing.example_cells import write_examples
    from core.synthetic.examples import FOLDER

    with Bar(log, "classes") as bar:
        return write_examples(maker, out or FOLDER, EXAMPLES_SEED, bar)


def _tally_sentence(tally: "GenerationTally") -> str:
    """What became of the cells that were drawn."""
    drawn = f"{tally.drawn:,} cells were drawn; {tally.copies:,} were nearer to a training cell than any real pair is"
    return f"{drawn}, {tally.read_otherwise:,} were read as another class." if tally.read_otherwise else f"{drawn}."


def _judge(
    maker: "CellMaker",
    *,
    model: str,
    features: str,
    split: str,
    limit: int,
    seed: int,
    out: Path | None,
    root: Path | None,
) -> dict[str, Any]:
    """How like real cells the generated ones are, and whether they are copies."""
    from core.errors import CheckpointError
    from core.experiments.generator_evaluation import judge
    from core.experiments.generator_sheets import write_sheets
    from core.inference.reader import Reader
    from core.inference.selection import choose
    from core.synthetic.generator.copies import FeatureNet

    if features == maker.features.name:
        raise CheckpointError(f"The generator was trained by what {features} sees; name another checkpoint's features.")
    source = at_hand(maker.checkpoint.card.trained.source, root)
    if source.split_hash() != maker.checkpoint.card.trained.split_hash:
        raise CheckpointError(f"The split of {source.root} is not the one that {maker.checkpoint.name} learned from.")
    net = FeatureNet(features, len(maker.checkpoint.space))
    reader = Reader(choose(model))
    with Bar(log, "cells drawn") as bar:
        judgement = judge(maker, source, net, reader, split=split, most=limit, seed=seed, progress=bar)
    if out is not None:
        for path in write_sheets(judgement, source, out, seed):
            log.print(str(path))
    return judgement.to_dict()


def _judgement_table(judged: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Columns and rows: generated cells beside real ones."""
    likeness, right, near = (judged[name] for name in ("likeness", "read_as_asked", "nearest_training_cell"))
    both = ("generated", "real")
    features = judged["features"]
    rows = [
        [f"Fréchet distance, {features}", *(f"{likeness[which]['frechet']:.2f}" for which in both)],
        [
            f"kernel distance × 1,000, {features}",
            *(f"{1000 * likeness[which]['kernel']:.2f} ± {1000 * likeness[which]['kernel_sd']:.2f}" for which in both),
        ],
        ["precision", *(f"{likeness[which]['precision']:.3f}" for which in both)],
        ["recall", *(f"{likeness[which]['recall']:.3f}" for which in both)],
    ]
    for name in right[both[0]]:
        rates = (right[which][name] for which in both)
        cells = [interval_text(rate) for rate in rates]
        rows.append([f"read as asked by {judged['reader']}, {name}", *cells])
    for name in ("bits", "features", "pixels"):
        cells = [f"{near[which][name]['least']:.3f}, {near[which][name]['median']:.3f}" for which in both]
        rows.append([f"nearest training cell by {name}: least, median", *cells])
    counts = [f"{near[which]['nearer_than_any_real_pair']} of {near[which]['n']}" for which in both]
    rows.append(["nearer to it than any real pair", *counts])
    return [f"n = {judged['n']}", *both], rows
