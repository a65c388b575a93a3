"""The commands on attributes: `python -m core morphology …`."""

from pathlib import Path
from typing import Annotated

import typer

from core.cli.printing import AsJson, aside, print_json, print_table

morphology_app = typer.Typer(no_args_is_help=True, help="A cell in a haematologist's words: eleven attributes.")

Model = Annotated[str, typer.Option("--model", "-m", help="Checkpoint; see `models`.")]
Root = Annotated[Path | None, typer.Option(help="PBC's folder, where it is not found by itself.")]
Tables = Annotated[Path | None, typer.Option(help="The folder of WBCAtt's tables, where not in SMEARLENS_DATA.")]

STOPPED = 3


@morphology_app.command("train")
def train(
    model: Model = "",
    authors: Annotated[bool, typer.Option("--authors", help="Also on the authors' split, for comparison.")] = False,
    root: Root = None,
    tables: Tables = None,
) -> None:
    """Train the attribute head of a checkpoint and keep it beside the weights. What the network sees is cached."""
    from core.cli.morphology import train as run

    typer.echo(run(model, authors, root, tables, aside))


@morphology_app.command("fine-tune")
def fine_tune(
    change: Annotated[list[str] | None, typer.Option("--set", help="Another setting, such as epochs=3.")] = None,
    out: Annotated[Path, typer.Option(help="Folder of the run; one that is there goes on.")] = Path("runs/attributes"),
    root: Root = None,
    tables: Tables = None,
) -> None:
    """Fine-tune a network as the authors did, on their split. Ctrl-C stops and saves; the same command goes on."""
    from core.cli.morphology import fine_tune as run

    if not run(change or [], out, root, tables, aside):
        raise typer.Exit(STOPPED)


@morphology_app.command("evaluate")
def evaluate(
    model: Model = "",
    split: Annotated[str, typer.Option(help="val or test.")] = "test",
    as_json: AsJson = False,
) -> None:
    """Per-attribute figures with intervals, a second person's beside them, and the runs on the authors' split."""
    from core.cli.morphology import evaluate as run
    from core.cli.morphology import written

    found = run(model, split)
    if as_json:
        return print_json(found)
    for title, columns, rows in written(found):
        typer.echo(title)
        print_table(columns, rows)
