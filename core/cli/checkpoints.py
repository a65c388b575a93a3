"""What checkpoints there are, whether they are whole, and how good they are."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.bars import Bar
from core.cli.options import AsJson, NamedOrAll, Root
from core.cli.printing import log, print_json, print_table
from core.cli.running import at_hand

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint
    from core.evaluation.metrics.registry import OverallMetric
    from core.evaluation.report import Report
    from core.evaluation.results.predictions import Predictions

app = typer.Typer()


@app.command()
def models(as_json: AsJson = False) -> None:
    """The checkpoints at hand."""
    from core.checkpoints import list_checkpoints

    rows = [_facts(checkpoint) for checkpoint in list_checkpoints()]
    if as_json:
        return print_json(rows)
    columns = ["name", "architecture", "input_size", "parameters", "bytes"]
    # A digest is known by its beginning; whoever needs all of it asks for JSON.
    shown = [[*(str(row[column]) for column in columns), row["sha256"][:12]] for row in rows]
    print_table([*columns, "sha256"], shown)


@app.command()
def verify(as_json: AsJson = False) -> None:
    """Check every checkpoint against its card; status 1 if one does not match."""
    from core.publishing.verification import verify_all

    problems = verify_all()
    if as_json:
        print_json([{"name": name, "problems": sentences} for name, sentences in problems.items()])
    else:
        for name, sentences in problems.items():
            typer.echo(f"{name}: {' '.join(sentences) or 'good'}")
    if any(problems.values()):
        raise typer.Exit(1)


@app.command()
def evaluate(
    names: NamedOrAll = None,
    source: Annotated[str, typer.Option(help="A source; see `data list`.")] = "pbc",
    split: Annotated[str, typer.Option(help="val or test.")] = "test",
    fresh: Annotated[bool, typer.Option(help="Read the images again instead of the committed table.")] = False,
    root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Figures with intervals, from the committed predictions or, if there are none, by reading the images."""
    from core.checkpoints import find_checkpoint, list_checkpoints
    from core.inference.selection import choose

    chosen = [find_checkpoint(name) for name in names or ()] or list_checkpoints() or [choose()]
    reports = []
    for checkpoint in chosen:
        table = checkpoint.predictions()
        held = ((table.table["source"] == source) & (table.table["split"] == split)).any()
        if fresh or not held:
            table = _read_now(checkpoint, source, split, root)
        reports.append(checkpoint.report(table, source, split))
    if as_json:
        return print_json([report.to_dict() for report in reports])
    print_table(*_evaluation_table(reports))


def _facts(checkpoint: "Checkpoint") -> dict[str, Any]:
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


def _read_now(checkpoint: "Checkpoint", source: str, split: str, root: Path | None) -> "Predictions":
    from core.datasets.laboratories import single_cells
    from core.detection.loading import load_localizer
    from core.inference.reader import Reader
    from core.inference.sources import assess

    reader = Reader(checkpoint, load_localizer())
    with Bar(log, f"{checkpoint.name} on {source}") as bar:
        return assess(reader, single_cells(at_hand(source, root)), [split], bar)


def _evaluation_table(reports: "list[Report]") -> tuple[list[str], list[list[str]]]:
    """Heads and rows; a figure with an interval has it in the column after."""
    from core.evaluation.metrics.registry import shown_in

    metrics = shown_in("tables").values()
    heads = [
        (metric.abbreviation or metric.title.lower(), *(["95 %"] if metric.interval else [])) for metric in metrics
    ]
    rows = [
        [report.name, str(report.n), *(text for metric in metrics for text in _cells(report, metric))]
        for report in reports
    ]
    return ["name", "n", *(name for head in heads for name in head)], rows


def _cells(report: "Report", metric: "OverallMetric") -> list[str]:
    figure = report[metric.name]
    bounds = [f"{figure.low:.4f} to {figure.high:.4f}"] if metric.interval else []
    return [f"{figure.value:.4f}", *bounds]
