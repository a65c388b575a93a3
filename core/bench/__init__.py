"""What is measured beside accuracy: how framing changes it, and how long a cell takes."""

from collections.abc import Callable
from typing import Any

from core.bench import framing, speed
from core.errors import SmearlensError

BENCHMARKS: dict[str, Callable[[str], list[dict[str, Any]]]] = {
    "framing": framing.measure,
    "speed": speed.measure,
}


def run(name: str, model: str, keep: bool = False) -> list[dict[str, Any]]:
    """Rows of one benchmark, kept beside the checkpoints where asked for; SmearlensError if that cannot be."""
    if name not in BENCHMARKS:
        raise SmearlensError(f"There is no benchmark called {name}; there are {', '.join(BENCHMARKS)}.")
    if keep and name != "speed":
        raise SmearlensError("Only speed is kept: the other measurements are not shown beside the models.")
    rows = BENCHMARKS[name](model)
    if keep:
        speed.keep(rows)
    return rows
