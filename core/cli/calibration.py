"""When to believe a model: calibration, out-of-distribution scores, and classes left out."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.bars import Bar, epochs_of
from core.cli.labs import laboratories
from core.cli.options import AsJson, Changes, NamedOrAll, Root
from core.cli.printing import log, print_rows
from core.cli.running import at_hand, settings_of, stopped, stopping_on_signal

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint
    from core.publishing.recalibration import Refitted

app = typer.Typer()


@app.command()
def calibrate(names: NamedOrAll = None, as_json: AsJson = False) -> None:
    """Refit calibration, the limit of "unsure" and prediction sets, from committed validation predictions.

    Temperature scaling stays unless vector scaling is better on cells that it was not fitted on. Needs no images, and
    leaves the weights as they are.
    """
    from core.publishing.recalibration import recalibrate

    chosen = _in_order(names or [])
    rows = []
    with Bar(log, "calibration") as bar:
        for number, checkpoint in enumerate(chosen, start=1):
            rows.append(_contest_row(recalibrate(checkpoint)))
            bar(number, len(chosen))
    print_rows(rows, as_json=as_json)


@app.command()
def gate(
    names: NamedOrAll = None,
    again: Annotated[bool, typer.Option("--again", help="Also where there is a score already.")] = False,
    root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Refit the out-of-distribution score, from the training images. Checkpoints are done one by one, so that the same
    command goes on where it was stopped. Leaves the weights as they are."""
    from core.experiments.benchmarks.ood import learned_sources
    from core.publishing.ood import refit_ood_score
    from core.publishing.recalibration import recalibrate

    rows = []
    # Ensembles follow their members, whose scores theirs rest on.
    for checkpoint in _in_order(names or []):
        if checkpoint.ensemble is not None:
            recalibrate(checkpoint)
            rows.append({"name": checkpoint.name, "gate": "its members'"})
            continue
        if not again and _has_score(checkpoint):
            rows.append({"name": checkpoint.name, "gate": "there already"})
            continue
        sources = learned_sources(checkpoint, root)
        others = set(checkpoint.predictions().table["source"]) - set(checkpoint.card.learned_from)
        elsewhere = list(laboratories(sorted(others)).values())
        with Bar(log, checkpoint.name) as bar:
            refit_ood_score(checkpoint, sources, bar, elsewhere)
        rows.append({"name": checkpoint.name, "gate": "fitted"})
    print_rows(rows, as_json=as_json)


@app.command("left-out")
def left_out(
    recipe: Annotated[str, typer.Argument(help="A recipe by name.")] = "simple_cnn",
    cell_class: Annotated[list[str] | None, typer.Option("--class", help="To leave out; each in turn if none.")] = None,
    change: Changes = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the runs; those that are there go on.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep what was measured, for the page Model.")] = False,
    root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Train a recipe without one class and measure how its cells are told from known ones. Ctrl-C stops and saves."""
    from core.evaluation.results import ood
    from core.experiments.benchmarks.left_out import LeftOutRun, LeftOutRunner, gathered, left_out_experiment
    from core.experiments.benchmarks.ood import table_of
    from core.experiments.frame import make_runs
    from core.training.recipe import load_recipe

    folder = out or Path("runs") / "left-out" / recipe
    declared = load_recipe(recipe, **settings_of(change))
    source = at_hand(declared.source, root)

    @contextmanager
    def start(run: LeftOutRun) -> Iterator[LeftOutRunner]:
        with Bar(log, run.title) as bar:
            report = epochs_of(bar, declared.epochs)
            runner = LeftOutRunner(declared, source, out=folder, report=report)
            with stopping_on_signal(runner.stop):
                yield runner

    results = make_runs(left_out_experiment(declared, source).choose(cell_class or ()), start, log.print)
    if results is None:
        raise stopped(folder)
    rows = [figures for left_out in results.values() for figures in left_out.figures]
    command = f"python -m core left-out {recipe}" + "".join(f" --class {key}" for key in cell_class or ())
    *_, last = results.values()
    result = gathered(declared, rows, last.cells, f"{command} --keep")
    if keep:
        ood.write_measurement(result)
    print_rows(table_of(result), as_json=as_json)


def _has_score(checkpoint: "Checkpoint") -> bool:
    from core.errors import CheckpointError
    from core.ood.loading import load_ood_score

    try:
        load_ood_score(checkpoint)
    except CheckpointError:
        return False
    return True


def _in_order(names: list[str]) -> "list[Checkpoint]":
    """Networks first, then ensembles: those named, and those that have one of them as a member."""
    from core.checkpoints import find_checkpoint, list_checkpoints

    named = [find_checkpoint(name) for name in names] or list_checkpoints()
    chosen = {checkpoint.name: checkpoint for checkpoint in named}
    for checkpoint in list_checkpoints():
        members = checkpoint.ensemble.members if checkpoint.ensemble else ()
        if any(member.name in chosen for member in members):
            chosen.setdefault(checkpoint.name, checkpoint)
    return sorted(chosen.values(), key=lambda checkpoint: checkpoint.ensemble is not None)


def _contest_row(refitted: "Refitted") -> dict[str, Any]:
    before, after, contest = refitted.before.calibration, refitted.after.calibration, refitted.contest
    row = {
        "name": refitted.name,
        "kind": "vector" if after.factors else "temperature",
        "before": round(before.temperature, 4),
        "temperature": round(after.temperature, 4),
    }
    if contest is None:  # fitted over laboratories
        return row | dict.fromkeys(("temperature_nll", "vector_nll", "gain", "standard_error"))
    return row | {
        "temperature_nll": round(contest.temperature, 5),
        "vector_nll": round(contest.vector, 5),
        "gain": round(contest.gain, 5),
        "standard_error": round(contest.error, 5),
    }
