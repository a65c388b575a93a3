"""The two benchmarks that look at photos made worse, as commands."""

from pathlib import Path
from typing import Any

from rich.console import Console

from core.cli.data import at_hand
from core.cli.progress import Bar
from core.cli.train import stop_on_signal
from core.evaluation.results.robustness import Robustness, path_of
from core.experiments.benchmarks import quality
from core.experiments.benchmarks.robustness import measure
from core.imaging.corruptions import CORRUPTIONS
from core.inference.reader import Reader
from core.inference.selection import choose

FOLDER = Path("runs") / "robustness"

Rows = list[dict[str, Any]]


def quality_told(model: str, most: int, console: Console) -> Rows:
    """What is said of validation cells' photos that were made worse. most: cells, 0 for all."""
    checkpoint = choose(model)
    source = at_hand(checkpoint.card.trained.source)
    with Bar(console, f"{checkpoint.name}, quality of photos made worse") as bar:
        return quality.measure(Reader(checkpoint), source, most, bar)


def benchmark(model: str, most: int, kept: bool, console: Console) -> Rows | None:
    """How often test cells are told right in photos made worse; None where it was stopped. most: cells, 0 for all."""
    checkpoint = choose(model)
    reader, source = Reader(checkpoint), at_hand(checkpoint.card.trained.source)
    command = f"python -m core bench robustness --model {checkpoint.name}" + (f" --most {most}" if most else "")
    halted: list[bool] = []
    stop_on_signal(lambda: halted.append(True))
    with Bar(console, f"{checkpoint.name}, photos made worse") as bar:
        found = measure(
            reader,
            source,
            FOLDER,
            most=most,
            command=f"{command} --keep",
            progress=bar,
            stopped=lambda: bool(halted),
        )
    if found is None:
        console.print(f"Stopped; what was measured is in {FOLDER}, and the same command goes on from there.")
        return None
    if kept:
        found.write(path_of(checkpoint.name))
    return rows_of(found)


def rows_of(found: Robustness) -> Rows:
    """The figures as plain data: every condition, then the mean of each corruption, then of all."""
    rows: Rows = [
        {
            "corruption": one.corruption,
            "severity": one.severity,
            "accuracy": round(one.accuracy.value, 4),
            "balanced": round(one.balanced.value, 4),
            "low": round(one.balanced.low, 4),
            "high": round(one.balanced.high, 4),
            "unsure": round(one.unsure.value, 4),
            "unlike": round(one.unlike.value, 4),
            "right when answered": round(one.right.value, 4),
            "remarked": round(one.remarked.value, 4),
        }
        for one in found.figures()
    ]
    means = {name: [name] for name in found.corruptions}
    means |= {"BloodMNIST-C's eleven": found.published, "all": list(CORRUPTIONS)}
    for title, names in means.items():
        mean = found.mean_balanced(names)
        figures = {"balanced": round(mean.value, 4), "low": round(mean.low, 4), "high": round(mean.high, 4)}
        rows.append(dict.fromkeys(rows[0], "") | {"corruption": title, "severity": "mean"} | figures)
    return rows
