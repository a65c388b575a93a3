"""What is measured beside accuracy: how framing changes it, and how long a cell takes."""

from collections.abc import Callable
from typing import Any

from core.bench import framing, speed
from core.errors import SmearlensError

BENCHMARKS: dict[str, Callable[[str], list[dict[str, Any]]]] = {
    "framing": framing.measure,
    "speed": speed.measure,
}


def run(name: str, model: str) -> list[dict[str, Any]]:
    """Rows of one benchmark; SmearlensError naming the known ones otherwise."""
    if name not in BENCHMARKS:
        raise SmearlensError(f"There is no benchmark called {name}; there are {', '.join(BENCHMARKS)}.")
    return BENCHMARKS[name](model)
