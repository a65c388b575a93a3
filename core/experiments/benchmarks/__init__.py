"""What is measured beside accuracy: a file a benchmark, found by listing this package."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from threading import Event
from typing import Any

from core.errors import SmearlensError
from core.progress import Progress, silent
from core.registry import Registry

Rows = list[dict[str, Any]]


def no_bar(title: str) -> AbstractContextManager[Progress]:
    return nullcontext(silent)


@dataclass(frozen=True)
class Order:
    """What is asked for. model: a checkpoint's name, "" for the champion. limit: cells at most, 0 for all.

    keep: write what was measured beside the checkpoints. bar: shows the progress of something with a title. say: for
    sentences meanwhile. `stop` ends a benchmark that resumes.
    """

    model: str = ""
    limit: int = 0
    keep: bool = False
    bar: Callable[[str], AbstractContextManager[Progress]] = no_bar
    say: Callable[[str], object] = print
    _stopped: Event = field(default_factory=Event)

    def stop(self) -> None:
        self._stopped.set()

    def stopped(self) -> bool:
        return self._stopped.is_set()


@dataclass(frozen=True)
class Benchmark:
    """run: gives its rows, or None where it was stopped before its end. keeps: it heeds `Order.keep`. resumes: it can
    be stopped, and goes on where it was."""

    name: str
    order: int
    measures: str
    run: Callable[[Order], Rows | None]
    keeps: bool = False
    resumes: bool = False


BENCHMARKS = Registry[Benchmark]("benchmark", "core.experiments.benchmarks")


def find_benchmark(name: str, order: Order) -> Benchmark:
    """The benchmark of that name; SmearlensError where there is none, or nothing of it can be kept though asked for."""
    if name not in BENCHMARKS:
        raise SmearlensError(f"There is no benchmark called {name}; there are {', '.join(BENCHMARKS)}.")
    benchmark = BENCHMARKS[name]
    if order.keep and not benchmark.keeps:
        *others, last = (known for known, kept in BENCHMARKS.items() if kept.keeps)
        raise SmearlensError(
            f"Only {', '.join(others)} and {last} are kept: the other measurements are not shown beside the models."
        )
    return benchmark
