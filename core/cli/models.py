"""Commands on checkpoints."""

from pathlib import Path
from typing import Any

from rich.console import Console

from core.checkpoints import Checkpoint, find_checkpoint, list_checkpoints
from core.cli.data import at_hand
from core.cli.progress import Bar
from core.datasets.laboratories import single_cells
from core.detection.loading import load_localizer
from core.evaluation.metrics.registry import OverallMetric, shown_in
from core.evaluation.report import Report
from core.evaluation.results.predictions import Predictions
from core.inference.reader import Reader
from core.inference.selection import choose
from core.inference.sources import assess


def listing() -> list[dict[str, Any]]:
    """Every checkpoint that reads cells."""
    return [_facts(checkpoint) for checkpoint in list_checkpoints()]


def _facts(checkpoint: Checkpoint) -> dict[str, Any]:
    card = checkpoint.card
    return {
        "name": card.name,
        "title": card.title,
        "architecture": card.architecture,
        "input_size": checkpoint.preprocessing.size,
        "parameters": card.parameters,
        "multiply_adds": checkpoint.multiply_adds,
        "bytes": checkpoint.bytes,
        "sha256": card.sha256,
        "source": card.trained.source,
        "label_space": checkpoint.classifier.label_space,
        "began_from": card.began_from,
    }


def evaluate_all(
    names: list[str], source: str, split: str, fresh: bool, root: Path | None, console: Console
) -> list[Report]:
    """A report a checkpoint. Images are read only where asked for, or where no prediction is committed."""
    chosen = [find_checkpoint(name) for name in names] or list_checkpoints() or [choose()]
    return [_report(checkpoint, source, split, fresh, root, console) for checkpoint in chosen]


def evaluation_table(reports: list[Report]) -> tuple[list[str], list[list[str]]]:
    """Heads and rows; a figure with an interval has it in the column after."""
    metrics = shown_in("tables").values()
    heads = [
        (metric.abbreviation or metric.title.lower(), *(["95 %"] if metric.interval else [])) for metric in metrics
    ]
    rows = [
        [report.name, str(report.n), *(text for metric in metrics for text in _cells(report, metric))]
        for report in reports
    ]
    return ["name", "n", *(name for head in heads for name in head)], rows


def _cells(report: Report, metric: OverallMetric) -> list[str]:
    figure = report[metric.name]
    bounds = [f"{figure.low:.4f} to {figure.high:.4f}"] if metric.interval else []
    return [f"{figure.value:.4f}", *bounds]


def _report(
    checkpoint: Checkpoint, source: str, split: str, fresh: bool, root: Path | None, console: Console
) -> Report:
    table = checkpoint.predictions()
    has_it = ((table.table["source"] == source) & (table.table["split"] == split)).any()
    if fresh or not has_it:
        table = _read_now(checkpoint, source, split, root, console)
    return checkpoint.report(table, source, split)


def _read_now(checkpoint: Checkpoint, source: str, split: str, root: Path | None, console: Console) -> Predictions:
    reader = Reader(checkpoint, load_localizer())
    with Bar(console, f"{checkpoint.name} on {source}") as bar:
        return assess(reader, single_cells(at_hand(source, root)), [split], bar)
