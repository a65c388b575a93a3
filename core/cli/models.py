"""Commands on checkpoints."""

from pathlib import Path
from typing import Any

from rich.console import Console

from core.checkpoints import Checkpoint, find_checkpoint, list_checkpoints
from core.cli.data import at_hand
from core.cli.progress import Bar
from core.datasets.laboratories import single_cells
from core.detection.loading import load_localizer
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
