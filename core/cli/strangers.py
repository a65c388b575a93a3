"""What lets a model read a laboratory that it did not learn from."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from core.cli.bars import Bar, classifier_reporter
from core.cli.labs import laboratories
from core.cli.options import Changes
from core.cli.printing import log
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
