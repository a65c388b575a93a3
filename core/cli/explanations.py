"""The commands behind explanations that are checked: their faithfulness, and prototypes."""

from pathlib import Path
from typing import Any

from rich.console import Console

from core.checkpoints import Checkpoint, find_checkpoint, list_checkpoints
from core.cli.data import at_hand
from core.cli.progress import Bar
from core.cli.train import stop_on_signal
from core.evaluation.intervals import Interval
from core.evaluation.results.faithfulness import Faithfulness, path_of
from core.experiments.benchmarks.explanations import measure
from core.explain.prototypes import FILE
from core.inference.selection import choose
from core.publishing.prototypes import choose_prototypes

FOLDER = Path("runs") / "explanations"
ALL = "all"

Rows = list[dict[str, Any]]


def benchmark(model: str, most: int, kept: bool, console: Console) -> Rows | None:
    """Measure one checkpoint, or with "all" every single network, and keep the tables where asked for.

    most: cells of each class and split; 0 for the usual number. None where it was stopped before its end.
    """
    halted: list[bool] = []
    stop_on_signal(lambda: halted.append(True))
    rows: Rows = []
    for checkpoint in _chosen(model):
        source = at_hand(checkpoint.card.trained.source)
        with Bar(console, f"{checkpoint.name}, explanations") as bar:
            found = measure(checkpoint, source, FOLDER, most=most, progress=bar, stopped=lambda: bool(halted))
        if found is None:
            console.print(f"Stopped; what was measured is in {FOLDER}, and the same command goes on from there.")
            return None
        if kept:
            found.write(path_of(checkpoint.lead.name))
        rows += rows_of(checkpoint.lead.name, found)
    return rows


def _chosen(model: str) -> list[Checkpoint]:
    if model == ALL:
        return [one for one in list_checkpoints() if one.ensemble is None]
    return [choose(model).lead]


def rows_of(name: str, found: Faithfulness) -> Rows:
    """The figures as plain data: validation, by which the first method is chosen, test, and other masks."""
    rows: Rows = []
    first = found.ranked()[0]
    for split in dict.fromkeys(found.table["split"]):
        for method in found.methods():
            figures = found.figures(method, split)
            means = {part: _rounded(getattr(figures, part)) for part in ("score", "deletion", "insertion", "alike")}
            row = {"checkpoint": name, "split": split, "method": method, "n": figures.n, **means}
            row |= {"inside": _rounded(figures.inside), "cell": _number(figures.area)}
            rows.append(row | {"first choice": method == first})
    return rows


def _rounded(figure: Interval) -> str:
    if figure.value != figure.value:
        return ""
    return f"{figure.value:.3f} ({figure.low:.3f} to {figure.high:.3f})"


def _number(value: float) -> str:
    return "" if value != value else f"{value:.3f}"


def prototypes(names: list[str], most: int, root: Path | None, console: Console) -> Rows:
    """Choose and keep the prototypes of each checkpoint, of an ensemble those of its lead; what was kept where."""
    leads = {lead.name: lead for lead in (find_checkpoint(name).lead for name in names)}
    rows: Rows = []
    for lead in leads.values():
        source = at_hand(lead.card.trained.source, root)
        with Bar(console, lead.name) as bar:
            found = choose_prototypes(lead, source, most, bar)
        found.write(lead.folder)
        size = (lead.folder / FILE).stat().st_size
        rows.append({"name": lead.name, "prototypes": len(found.rows), "bytes": size, "sha256": found.sha256})
    return rows
