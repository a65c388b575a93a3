"""What is measured beside accuracy: framing, speed, and how well the cells of a field are found."""

from collections.abc import Callable
from typing import Any

from core.bench import detector, framing, speed
from core.errors import SmearlensError

BENCHMARKS: dict[str, Callable[[str], list[dict[str, Any]]]] = {
    "framing": framing.measure,
    "speed": speed.measure,
    "detector": detector.measure,
    "scale": detector.measure_scale,
}

KEEPING: dict[str, Callable[[list[dict[str, Any]]], object]] = {
    "speed": speed.keep,
    "scale": detector.keep_scale,
}


def run(name: str, model: str, keep: bool = False) -> list[dict[str, Any]]:
    """Rows of one benchmark, kept beside the checkpoints where asked for; SmearlensError if that cannot be."""
    if name not in BENCHMARKS:
        raise SmearlensError(f"There is no benchmark called {name}; there are {', '.join(BENCHMARKS)}.")
    if keep and name not in KEEPING:
        kept = " and ".join(KEEPING)
        raise SmearlensError(f"Only {kept} are kept: the other measurements are not shown beside the models.")
    rows = BENCHMARKS[name](model)
    if keep:
        KEEPING[name](rows)
    return rows
