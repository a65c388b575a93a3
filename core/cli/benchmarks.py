"""Measurements beside accuracy."""

from contextlib import AbstractContextManager
from typing import Annotated

import typer

from core.cli.bars import Bar
from core.cli.options import STOPPED, AsJson, Model
from core.cli.printing import log, print_rows, print_table
from core.cli.running import stop_on_signal
from core.progress import Progress

app = typer.Typer()


@app.command()
def bench(
    name: Annotated[str, typer.Argument(help="What to measure; --list names them all.", show_default=False)] = "",
    model: Model = "",
    keep: Annotated[bool, typer.Option("--keep", help="Keep the measurement where pages show it.")] = False,
    most: Annotated[int, typer.Option(min=0, help="Cells: robustness, quality in all; explanations a class.")] = 0,
    listing: Annotated[bool, typer.Option("--list", help="Name every benchmark.")] = False,
    as_json: AsJson = False,
) -> None:
    """Measure something beside accuracy, such as framing, speed, detector, robustness or explanations."""
    from core.experiments.benchmarks import BENCHMARKS, Order, find_benchmark

    if listing:
        return print_table(
            ["name", "measures"], [[benchmark.name, benchmark.measures] for benchmark in BENCHMARKS.values()]
        )
    order = Order(model, limit=most, keep=keep, bar=_bar, say=log.print)
    benchmark = find_benchmark(name, order)
    if benchmark.resumes:
        stop_on_signal(order.stop)
    rows = benchmark.run(order)
    if rows is None:
        raise typer.Exit(STOPPED)
    print_rows(rows, as_json=as_json)


def _bar(title: str) -> AbstractContextManager[Progress]:
    return Bar(log, title)
