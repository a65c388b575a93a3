"""The commands. Exit status: 0 done, 1 refused or failed (a sentence says why), 2 wrong usage,
3 training stopped before its end, 4 done but some files could not be read."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from core.cli.docs import docs
from core.cli.on_belief import belief_app
from core.cli.on_data import data_app
from core.cli.on_labs import labs_app
from core.cli.on_morphology import morphology_app
from core.cli.on_smears import smears_app
from core.cli.printing import UNREAD, AsJson, Model, Paths, aside, plain, print_json, print_table
from core.errors import SmearlensError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
app.add_typer(data_app, name="data")
app.add_typer(belief_app)
app.add_typer(morphology_app, name="morphology")
app.add_typer(labs_app, name="labs")
app.add_typer(smears_app)
app.command()(docs)

STOPPED = 3


@app.command()
def models(as_json: AsJson = False) -> None:
    """The checkpoints at hand."""
    from core.cli.models import listing

    rows = listing()
    if as_json:
        return print_json(rows)
    columns = ["name", "architecture", "input_size", "parameters", "bytes", "sha256"]
    print_table(columns, [[str(row[column])[:12] for column in columns] for row in rows])


@app.command()
def verify(as_json: AsJson = False) -> None:
    """Check every checkpoint against its card; status 1 where one does not fit."""
    from core.publishing.verification import verify_all

    found = verify_all()
    if as_json:
        print_json([{"name": name, "problems": problems} for name, problems in found.items()])
    else:
        for name, problems in found.items():
            typer.echo(f"{name}: {' '.join(problems) or 'good'}")
    if any(found.values()):
        raise typer.Exit(1)


@app.command()
def train(
    recipe: Annotated[str, typer.Argument(help="A recipe by name, or finder, detector or generator.")],
    out: Annotated[Path | None, typer.Option(help="Folder of the run; a run that is there goes on.")] = None,
    change: Annotated[list[str] | None, typer.Option("--set", help="Another setting, such as epochs=3.")] = None,
    publish: Annotated[str, typer.Option(help="Publish the finished run as a checkpoint of this name.")] = "",
    record: Annotated[str, typer.Option(help="Keep what the finished run says, as a run of this experiment.")] = "",
    root: Annotated[Path | None, typer.Option(help="The source's folder, where it is not found by itself.")] = None,
) -> None:
    """Train by a recipe. Ctrl-C stops and saves; the same command goes on from there."""
    from core.cli.train import run

    if not run(recipe, out or Path("runs") / recipe, change or [], publish, record, root, aside):
        raise typer.Exit(STOPPED)


@app.command()
def generate(
    cell: Annotated[str, typer.Option("--class", help="A class, such as basophil.")] = "",
    count: Annotated[int, typer.Option("-n", min=1, max=10_000, help="How many cells.")] = 12,
    seed: Annotated[int, typer.Option(min=0, help="The same seed makes the same cells.")] = 1,
    subtype: Annotated[str, typer.Option(help="As PBC's files begin: PMY, MY, MMY, BNE, SNE.")] = "",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder to write to.")] = None,
    as_read: Annotated[bool, typer.Option("--as-read", help="Keep only cells that the model reads as asked.")] = False,
    webp: Annotated[bool, typer.Option("--webp", help="Write WebP in place of PNG.")] = False,
    guidance: Annotated[float | None, typer.Option(min=0, help="Another pull towards the kind asked for.")] = None,
    examples: Annotated[bool, typer.Option("--examples", help="Write the examples that come with Smearlens.")] = False,
    evaluate: Annotated[bool, typer.Option("--evaluate", help="Judge the generator against real cells.")] = False,
    split: Annotated[str, typer.Option(help="Judge against val or test.")] = "test",
    most: Annotated[int, typer.Option(min=0, help="Judge with so many cells at most; 0 for half of the split.")] = 0,
    features: Annotated[str, typer.Option(help="Checkpoint in whose features cells are compared.")] = "resnet18",
    model: Model = "",
    generator: Annotated[str, typer.Option(help="The checkpoint that generates.")] = "generator",
    root: Annotated[Path | None, typer.Option(help="The source's folder, where it is not found by itself.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make cells that are nobody's, marked as generated. Or write the examples, or judge the generator.

    With --evaluate, --out names a folder for sheets to look at; they show photographs of the data set.
    """
    from core.cli import generate as command

    if sum((bool(cell), examples, evaluate)) != 1:
        raise typer.BadParameter("Name either --class, or --examples, or --evaluate.")
    if evaluate and split not in ("val", "test"):
        raise typer.BadParameter("--split is val or test.")
    # The examples are to be of good faith: what a model reads otherwise is not shown to a learner.
    maker = command.maker_of(generator, model if as_read or examples else None, guidance)
    if evaluate:
        judged = command.judge_cells(maker, model, features, split, most, seed, out, root, aside).to_dict()
        return print_json(judged) if as_json else print_table(*command.lines_of(judged))
    if examples:
        written = command.make_examples(maker, out, aside)
    else:
        suffix: Literal["png", "webp"] = "webp" if webp else "png"
        folder = out or Path("generated")
        written = command.make_cells(maker, cell, subtype, count, seed, folder, suffix, aside)
    if as_json:
        return print_json({"files": [str(path) for path in written]} | vars(maker.tally))
    for path in written:
        typer.echo(path)
    aside.print(command.tally_line(maker.tally))


@app.command()
def balance(
    recipe: Annotated[str, typer.Argument(help="A recipe by name.")] = "simple_cnn",
    seed: Annotated[list[int] | None, typer.Option(help="A seed; several for several runs. 1 where none.")] = None,
    per_class: Annotated[int, typer.Option(min=0, help="Fill classes up to so many; 0 for the mean.")] = 0,
    generator: Annotated[str, typer.Option(help="The checkpoint that generates.")] = "generator",
    change: Annotated[list[str] | None, typer.Option("--set", help="Another setting, such as epochs=3.")] = None,
    out: Annotated[Path, typer.Option(help="Folder of the runs; those that are there go on.")] = Path("runs/balance"),
    root: Annotated[Path | None, typer.Option(help="The source's folder, where it is not found by itself.")] = None,
) -> None:
    """Train a recipe on rare classes as they are, repeated, and filled up with generated cells; `runs` shows how it
    went (`runs generated-cells`)."""
    from core.cli.generate import balance as run

    if not run(recipe, seed or [1], generator, per_class, out / recipe, change or [], root, aside):
        raise typer.Exit(STOPPED)


@app.command()
def runs(
    experiment: Annotated[str, typer.Argument(help="What the runs were recorded under, such as state-of-the-art.")],
    as_json: AsJson = False,
) -> None:
    """Recorded runs by recipe: mean and standard deviation of accuracy over seeds, and what all say together."""
    from core.evaluation.results.seeds import pools, summaries

    found, pooled = summaries(experiment), pools(experiment)
    if as_json:
        return print_json({"recipes": [one.to_dict() for one in found], "pools": [one.to_dict() for one in pooled]})
    rows = [
        [one.recipe, f"{one.input_size} px", f"{one.parameters:,}", str(len(one.runs))]
        + [f"{one.mean(part):.4f} ± {one.sd(part):.4f}" for part in ("val", "test")]
        for one in found
    ]
    rows += [[" + ".join(pool.recipes), f"{pool.input_size} px", "", str(pool.runs), "", ""] for pool in pooled]
    rates = [one.together["test"] for one in found] + [pool.together["test"] for pool in pooled]
    for row, rate in zip(rows, rates, strict=True):
        row.append(f"{rate.value:.4f} ({rate.low:.4f} to {rate.high:.4f})")
    print_table(["recipe", "input", "parameters", "seeds", "validation", "test", "test, answering together"], rows)


@app.command()
def ensemble(
    name: Annotated[str, typer.Argument(help="What the ensemble is called.")],
    members: Annotated[list[str] | None, typer.Argument(help="Checkpoints to choose from; all where none.")] = None,
) -> None:
    """Publish an ensemble, its members chosen greedily on validation images."""
    from core.cli.train import run_ensemble

    run_ensemble(name, members or [], aside)


@app.command()
def search(
    name: Annotated[str, typer.Argument(help="A declared search, such as study_a.")],
    trials: Annotated[int | None, typer.Option(min=1, help="Trials in all, where not as declared.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the search; one that is there goes on.")] = None,
    root: Annotated[Path | None, typer.Option(help="The source's folder, where it is not found by itself.")] = None,
    as_json: AsJson = False,
) -> None:
    """Search for a recipe's best settings, judged on validation. Ctrl-C stops and saves; the same command goes on."""
    from core.cli import search

    found = search.search(name, trials, out or Path("runs") / "search" / name, root, aside)
    if found is None:
        raise typer.Exit(STOPPED)
    if as_json:
        return print_json(search.search_dict(found))
    for key, value in (search.best_of(found) or {}).items():
        plain.print(f"[bold]{key}[/bold]  {value}")


@app.command()
def crossval(
    recipe: Annotated[str, typer.Argument(help="A recipe by name.")],
    folds: Annotated[int, typer.Option(min=2)] = 5,
    change: Annotated[list[str] | None, typer.Option("--set", help="Another setting, such as epochs=3.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the folds; those that are there go on.")] = None,
    root: Annotated[Path | None, typer.Option(help="The source's folder, where it is not found by itself.")] = None,
    as_json: AsJson = False,
) -> None:
    """Cross-validate a recipe over train and validation. Ctrl-C stops and saves; the same command goes on."""
    from core.cli import search

    found = search.cross_validate(recipe, folds, change or [], out or Path("runs") / "crossval" / recipe, root, aside)
    if found is None:
        raise typer.Exit(STOPPED)
    if as_json:
        return print_json(found.to_dict())
    print_table(
        ["", *found.mean],
        [[f"fold {row['fold']:.0f}", *(f"{row[name]:.4f}" for name in found.mean)] for _, row in found.folds.iterrows()]
        + [["mean", *(f"{value:.4f}" for value in found.mean.values())]]
        + [["sd", *(f"{value:.4f}" for value in found.sd.values())]],
    )


@app.command()
def evaluate(
    names: Annotated[list[str] | None, typer.Argument(help="Checkpoints; all where none is named.")] = None,
    source: Annotated[str, typer.Option(help="A source; see `data list`.")] = "pbc",
    split: Annotated[str, typer.Option(help="val or test.")] = "test",
    fresh: Annotated[bool, typer.Option(help="Read the images again instead of the committed table.")] = False,
    root: Annotated[Path | None, typer.Option(help="The source's folder, where it is not found by itself.")] = None,
    as_json: AsJson = False,
) -> None:
    """Figures with intervals, from the committed predictions or, where there are none, by reading the images."""
    from core.cli.models import evaluate_all, evaluation_table

    reports = evaluate_all(names or [], source, split, fresh, root, aside)
    if as_json:
        return print_json([report.to_dict() for report in reports])
    print_table(*evaluation_table(reports))


@app.command()
def predict(paths: Paths, model: Model = "", as_json: AsJson = False) -> None:
    """Read the cell in each photo. With --json one object a line, as soon as it is there."""
    from core.cli.predict import predictions

    unread = 0
    for row in predictions(paths, model):
        unread += "error" in row
        if as_json:
            print_json(row)
        elif "error" in row:
            typer.echo(row["error"], err=True)
        else:
            share = row["probabilities"][row["class"]]
            typer.echo(f"{row['file']}: {row['class']} ({share:.3f}), {row['verdict']}")
    if unread:
        raise typer.Exit(UNREAD)


@app.command()
def explain(
    path: Annotated[Path, typer.Argument(help="A photo of one cell.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The PNG to write: what was read, and the overlay.")],
    model: Model = "",
    method: Annotated[str, typer.Option(help="Such as grad-cam; the most faithful one where none is named.")] = "",
    target: Annotated[str, typer.Option(help="Class to explain; the answer where none is named.")] = "",
    opacity: Annotated[float, typer.Option(min=0, max=1)] = 0.6,
) -> None:
    """Write where a model looked for a class."""
    from core.cli.predict import explanation

    typer.echo(explanation(path, out, model, method, target, opacity))


@app.command()
def prototypes(
    names: Annotated[list[str], typer.Argument(help="Checkpoints; see `models`.")],
    most: Annotated[int, typer.Option(min=6, help="Training cells of each kind among which they are chosen.")] = 200,
    root: Annotated[Path | None, typer.Option(help="The source's folder, where it is not found by itself.")] = None,
    as_json: AsJson = False,
) -> None:
    """Choose the training cells that stand for their kind, for "looks like these" on the page Read."""
    from core.cli.explanations import prototypes as run

    rows = run(names, most, root, aside)
    if as_json:
        return print_json(rows)
    for row in rows:
        typer.echo(f"{row['name']}: {row['prototypes']} prototypes, {row['bytes'] / 1000:.0f} kB")


@app.command("map")
def feature_map(
    names: Annotated[list[str], typer.Argument(help="Checkpoints; see `models`.")],
    root: Annotated[Path | None, typer.Option(help="The source's folder, where it is not found by itself.")] = None,
    as_json: AsJson = False,
) -> None:
    """Draw where a model's test cells lie among each other (UMAP and PCA of its features), for the page Data."""
    from core.cli.maps import draw

    rows = draw(names, root, aside)
    if as_json:
        return print_json(rows)
    for row in rows:
        typer.echo(f"{row['name']}: {row['cells']:,} cells, {row['bytes'] / 1000:.0f} kB")


@app.command()
def bench(
    name: Annotated[str, typer.Argument(help="What to measure; --list names them all.", show_default=False)] = "",
    model: Model = "",
    keep: Annotated[bool, typer.Option("--keep", help="Keep what was measured, where pages show it.")] = False,
    most: Annotated[int, typer.Option(min=0, help="Cells: robustness, quality in all; explanations a class.")] = 0,
    listing: Annotated[bool, typer.Option("--list", help="Name every benchmark.")] = False,
    as_json: AsJson = False,
) -> None:
    """Measure something beside accuracy, such as framing, speed, detector, robustness or explanations."""
    from core.cli.benchmarks import BENCHMARKS, Order, benchmark

    if listing:
        return print_table(["name", "measures"], [[name, one.what] for name, one in BENCHMARKS.items()])
    rows = benchmark(name, Order(model, most, keep, aside))
    if rows is None:
        raise typer.Exit(STOPPED)
    if as_json:
        return print_json(rows)
    print_table(list(rows[0]), [[str(value) for value in row.values()] for row in rows])


@app.command()
def study(
    letter: Annotated[str, typer.Argument(help="A, B, C, D or E.")],
    arm: Annotated[list[str] | None, typer.Option(help="A run of it; all where none is named.")] = None,
    change: Annotated[list[str] | None, typer.Option("--set", help="Another setting: epochs=3, per_class=600.")] = None,
    out: Annotated[Path, typer.Option(help="Folder of the runs; one that is there goes on.")] = Path("runs/studies"),
    again: Annotated[bool, typer.Option("--again", help="Also the runs that are recorded already.")] = False,
    show: Annotated[bool, typer.Option("--show", help="Run nothing; only show what is recorded.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run one of the five studies again and set its published figures beside ours, with 95 % intervals."""
    from core.cli.studies import run, shown, written

    if not show and not run(letter, arm or [], change or [], out, again, aside):
        raise typer.Exit(STOPPED)
    found = shown(letter)
    if as_json:
        return print_json(found)
    for title, columns, rows in written(found):
        typer.echo(title)
        if rows:
            print_table(columns, rows)


def main() -> None:
    """Run a command; an error for people is one sentence, not a traceback."""
    try:
        app()
    except SmearlensError as error:
        aside.print(str(error), style="red", highlight=False, soft_wrap=True)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
