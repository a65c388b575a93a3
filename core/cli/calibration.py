"""The commands on when to believe a model: calibration, prediction sets and the OOD score."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rich.console import Console

from core.checkpoints import Checkpoint, find_checkpoint, list_checkpoints
from core.cli.data import at_hand
from core.cli.labs import laboratories
from core.cli.progress import Bar
from core.cli.train import setting, stop_on_signal
from core.datasets import Source
from core.datasets.laboratories import single_cells
from core.errors import CheckpointError
from core.evaluation.intervals import wilson
from core.evaluation.results import ood
from core.evaluation.results.ood import OodFigures, OodMeasurement
from core.experiments.benchmarks import left_out
from core.experiments.benchmarks.ood import measure
from core.inference.reader import Reader
from core.inference.selection import choose
from core.ood.loading import load_ood_score
from core.publishing.ood import refit_ood_score
from core.publishing.recalibration import Refitted, recalibrate
from core.training.recipe import load_recipe

Rows = list[dict[str, Any]]


def calibrate(names: list[str], console: Console) -> Rows:
    """Refit calibration, answering and prediction sets; an ensemble comes after its members. A row a checkpoint."""
    chosen = _in_order(names)
    rows = []
    with Bar(console, "calibration") as bar:
        for number, checkpoint in enumerate(chosen, start=1):
            rows.append(_refitted(recalibrate(checkpoint)))
            bar(number, len(chosen))
    return rows


def gate(names: list[str], again: bool, root: Path | None, console: Console) -> Rows:
    """Refit the gates of networks, each when it is its turn, so that a run that was stopped goes on where it was.

    Those whose OOD score can be read are passed over, unless they are to be done again. Ensembles, whose
    unit hangs on their members', follow.
    """
    rows = []
    for checkpoint in _in_order(names):
        if checkpoint.ensemble is not None:
            recalibrate(checkpoint)
            rows.append({"name": checkpoint.name, "gate": "its members'"})
            continue
        if not again and _has_gate(checkpoint):
            rows.append({"name": checkpoint.name, "gate": "there already"})
            continue
        sources = _learned(checkpoint, root)
        also = set(checkpoint.predictions().table["source"]) - set(checkpoint.card.learned_from)
        elsewhere = list(laboratories(sorted(also), console).values())
        with Bar(console, checkpoint.name) as bar:
            refit_ood_score(checkpoint, sources, bar, elsewhere)
        rows.append({"name": checkpoint.name, "gate": "fitted"})
    return rows


def _learned(checkpoint: Checkpoint, root: Path | None = None) -> list[Source]:
    """The sources that it learned from; root: of the only one, where it is not found by itself."""
    first, *others = checkpoint.card.learned_from
    return [single_cells(at_hand(name)) for name in (first, *others)] if others else [at_hand(first, root)]


def _has_gate(checkpoint: Checkpoint) -> bool:
    try:
        load_ood_score(checkpoint)
    except CheckpointError:
        return False
    return True


def _in_order(names: list[str]) -> list[Checkpoint]:
    """Networks first, then ensembles: those named, and those that have one of them as a member."""
    chosen = {one.name: one for one in ([find_checkpoint(name) for name in names] or list_checkpoints())}
    for one in list_checkpoints():
        members = one.ensemble.members if one.ensemble else ()
        if any(member.name in chosen for member in members):
            chosen.setdefault(one.name, one)
    return sorted(chosen.values(), key=lambda one: one.ensemble is not None)


def _refitted(done: Refitted) -> dict[str, Any]:
    before, after = done.before.calibration, done.after.calibration
    return {
        "name": done.name,
        "kind": "vector" if after.factors else "temperature",
        "before": round(before.temperature, 4),
        "temperature": round(after.temperature, 4),
        "temperature_nll": round(done.contest.temperature, 5),
        "vector_nll": round(done.contest.vector, 5),
        "gain": round(done.contest.gain, 5),
        "standard_error": round(done.contest.error, 5),
    }


def bench_unlike(model: str, kept: bool, console: Console) -> Rows:
    """How well every score tells outliers, other things, drawings and other laboratories' cells from known cells."""
    checkpoint = choose(model)
    command = f"python -m core bench unlike --model {checkpoint.name} --keep"
    with Bar(console, f"{checkpoint.name}, what is unlike") as bar:
        found = measure(Reader(checkpoint), _learned(checkpoint.lead), command, bar)
    if kept:
        ood.write_measurement(found)
    return list(rows_of(found))


def without_class(
    name: str, classes: list[str], changes: list[str], out: Path, kept: bool, root: Path | None, console: Console
) -> Rows | None:
    """Train a recipe without one class after another and see whether the class is told; None where it was stopped."""
    recipe = load_recipe(name, **dict(setting(change) for change in changes))
    source = at_hand(recipe.source, root)
    rows: list[OodFigures] = []
    cells = 0
    wanted = classes or list(source.label_space.keys)
    for number, key in enumerate(wanted, start=1):
        with Bar(console, f"without {key} ({number} of {len(wanted)})") as bar:
            run = left_out.train_without(
                recipe,
                source,
                key,
                out / key,
                lambda progress, bar=bar: bar(progress.epoch, recipe.epochs),  # type: ignore[misc]
                lambda trainer: _stoppable(trainer.stop),
            )
        if run is None:
            console.print(f"Stopped and saved in {out}; the same command goes on from there.")
            return None
        rows += left_out.measure(run, source, key)
        cells = len(run.data.val)
    command = f"python -m core left-out {name}" + "".join(f" --class {key}" for key in classes)
    found = left_out.gathered(recipe, rows, cells, f"{command} --keep")
    if kept:
        ood.write_measurement(found)
    return list(rows_of(found))


def _stoppable(stop: Callable[[], None]) -> None:
    stop_on_signal(stop)


def rows_of(found: OodMeasurement) -> Iterator[dict[str, Any]]:
    """As plain data, with the shares that pass and Wilson's interval."""
    for row in found.rows:
        passed, at_gate = wilson(row.passed, row.n), wilson(row.at_gate, row.n)
        yield {
            "score": row.score + (" (chosen)" if row.score == found.chosen and row.group == "decoy" else ""),
            "group": row.group,
            "kind": row.kind,
            "n": row.n,
            "auroc": row.auroc,
            "auroc_low": row.low,
            "auroc_high": row.high,
            "passed": round(passed.value, 4),
            "low": round(passed.low, 4),
            "high": round(passed.high, 4),
            "passed_gate": round(at_gate.value, 4),
        }
