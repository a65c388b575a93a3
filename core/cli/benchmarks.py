"""Every benchmark by name: what it measures, how it is run, and whether what it found can be kept."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from core.cli import calibration, explanations, robustness
from core.errors import SmearlensError
from core.experiments.benchmarks import detector, framing, speed

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Order:
    """What is asked for. model: a checkpoint's name, "" for the champion. most: cells at most, 0 for all.

    keep: write what was found beside the checkpoints.
    """

    model: str
    most: int
    keep: bool
    console: Console


@dataclass(frozen=True)
class Benchmark:
    """run: gives its rows, or None where it was stopped before its end; one that keeps heeds `Order.keep`."""

    what: str
    run: Callable[[Order], Rows | None]
    keeps: bool = False


def _plain(measure: Callable[[str], Rows], keep: Callable[[Rows], object] | None = None) -> Callable[[Order], Rows]:
    def run(order: Order) -> Rows:
        rows = measure(order.model)
        if order.keep and keep:
            keep(rows)
        return rows

    return run


BENCHMARKS = {
    "framing": Benchmark("accuracy as the crop grows tighter and looser", _plain(framing.measure)),
    "speed": Benchmark("milliseconds a cell", _plain(speed.measure, speed.keep), keeps=True),
    "detector": Benchmark("how well the cells of a field are found, beside a classical way", _plain(detector.measure)),
    "scale": Benchmark("how wide PBC's red cells are", _plain(detector.measure_scale, detector.keep_scale), keeps=True),
    "robustness": Benchmark(
        "accuracy on photos made worse; Ctrl-C stops, the same command goes on",
        lambda order: robustness.benchmark(order.model, order.most, order.keep, order.console),
        keeps=True,
    ),
    "quality": Benchmark(
        "what is said of photos made worse",
        lambda order: robustness.quality_told(order.model, order.most, order.console),
    ),
    "unlike": Benchmark(
        "how pictures of other things are told",
        lambda order: calibration.bench_unlike(order.model, order.keep, order.console),
        keeps=True,
    ),
    "explanations": Benchmark(
        "how faithful each method is; --model all for every network",
        lambda order: explanations.benchmark(order.model, order.most, order.keep, order.console),
        keeps=True,
    ),
}


def benchmark(name: str, order: Order) -> Rows | None:
    """Rows of a benchmark; None where it was stopped. SmearlensError if there is none of that name, or none to keep."""
    if name not in BENCHMARKS:
        raise SmearlensError(f"There is no benchmark called {name}; there are {', '.join(BENCHMARKS)}.")
    found = BENCHMARKS[name]
    if order.keep and not found.keeps:
        *others, last = (known for known, one in BENCHMARKS.items() if one.keeps)
        raise SmearlensError(
            f"Only {', '.join(others)} and {last} are kept: the other measurements are not shown beside the models."
        )
    return found.run(order)
