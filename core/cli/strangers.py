"""What lets a model read a laboratory that it did not learn from."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from core.cli.bars import Bar, classifier_reporter
from core.cli.labs import laboratories
from core.cli.options import AsJson, Changes
from core.cli.printing import interval_text, log, print_json, print_table
from core.cli.running import settings_of, stopped, stopping_on_signal

Records = Annotated[Path | None, typer.Option(help="Folder of the records; the shipped ones if none is named.")]

app = typer.Typer(name="strangers", no_args_is_help=True, help="Laboratories left out in turn: right, or silent.")


@app.command()
def run(
    names: Annotated[list[str], typer.Argument(help="Ingredients, such as base; all for all of them.")],
    change: Changes = None,
    out: Annotated[Path, typer.Option(help="Folder of the runs; one that is there goes on.")] = Path("runs/strangers"),
    records: Records = None,
    again: Annotated[bool, typer.Option("--again", help="Also the folds that are recorded already.")] = False,
) -> None:
    """Train each ingredient without each laboratory in turn, and read that one. Ctrl-C stops and saves; the same
    command goes on."""
    from core.datasets import Source
    from core.datasets.laboratories import training_laboratories
    from core.detection.loading import load_localizer
    from core.experiments.frame import make_runs
    from core.experiments.strangers.running import StrangerRunner
    from core.experiments.strangers.runs import EXPERIMENT, JUDGE, Ingredient

    settings = settings_of(change)
    chosen = EXPERIMENT.choose(names)
    sources, localizer = laboratories([*training_laboratories(), JUDGE]), load_localizer()
    framed: dict[str, Source] = {}

    @contextmanager
    def start(run: Ingredient) -> Iterator[StrangerRunner]:
        report = classifier_reporter(log, batches=False)
        with Bar(log, run.name) as bar:
            runner = StrangerRunner(
                sources,
                localizer,
                framed,
                again=again,
                out=out,
                settings=settings,
                progress=bar,
                report=report,
                root=records,
            )
            with stopping_on_signal(runner.stop):
                yield runner

    if make_runs(chosen, start, log.print) is None:
        raise stopped(out)


@app.command()
def show(
    records: Records = None,
    test: Annotated[bool, typer.Option("--test", help="Of test cells; else of those by which may be chosen.")] = False,
    as_json: AsJson = False,
) -> None:
    """A row for each ingredient: how its networks read laboratories that they never saw, and where they are silent."""
    from core.datasets import source_spec
    from core.datasets.laboratories import LABORATORIES
    from core.experiments.strangers.findings import protocol_rows

    rows = protocol_rows(records, test=test)
    if as_json:
        return print_json(rows)
    columns = [
        "ingredient",
        "folds",
        "mean",
        "worst",
        "against base",
        *(source_spec(lab).short for lab in LABORATORIES),
    ]
    columns += ["wrong, worst", "coverage", "AURC", "ECE", "CPU s"]
    print_table(columns, [_cells(row, LABORATORIES) for row in rows])


def _cells(row: dict[str, Any], labs: Iterable[str]) -> list[str]:
    of_labs = [row["labs"].get(lab, {}).get("balanced") for lab in labs]
    figures = [*map(_interval, (row["mean"], row["worst"], row["gain"])), *map(_value, of_labs)]
    figures += [_interval(row["wrong_worst"]), _value(row["coverage"])]
    plain = ["" if row[name] is None else f"{row[name]:.3f}" for name in ("aurc", "ece")]
    return [row["name"], str(row["folds"]), *figures, *plain, f"{row['seconds']:.0f}"]


def _interval(figure: dict[str, float] | None) -> str:
    return interval_text(figure) if figure else ""


def _value(figure: dict[str, float] | None) -> str:
    return f"{figure['value']:.3f}" if figure else ""
