"""The commands on the photos of one smear, as a person types them."""

from pathlib import Path
from typing import Annotated

import typer

from core.cli.printing import UNREAD, AsJson, Model, Paths, aside, print_json, print_table

smears_app = typer.Typer()

Single = Annotated[bool, typer.Option("--single", help="Take each photo as one cell, and look for no more.")]
RedCells = Annotated[float | None, typer.Option(min=0.1, max=15, help="Red cells, 10¹² a litre, if measured.")]
Corrections = Annotated[
    Path | None, typer.Option(help="A report saved as CSV, its column corrected filled in by a person.")
]


@smears_app.command()
def count(
    paths: Paths,
    model: Model = "",
    single: Single = False,
    red_cells: RedCells = None,
    corrections: Corrections = None,
    as_json: AsJson = False,
) -> None:
    """Find and name the cells in photos of one smear: the differential count, with what is uncertain about it."""
    from core.cli import count as command

    order = command.Order(paths, model, single, red_cells=red_cells, corrections=corrections)
    smear, found = command.count(order, aside)
    if as_json:
        print_json(command.told(smear, found))
    else:
        print_table(*command.rows(smear, found))
        for line in command.lines(smear, found):
            typer.echo(line)
        for lost in smear.not_read:
            typer.echo(lost.reason, err=True)
    if any(not lost.twice for lost in smear.not_read):
        raise typer.Exit(UNREAD)


@smears_app.command()
def report(
    paths: Paths,
    out: Annotated[Path, typer.Option("--out", "-o", help="The file: .pdf, .html, .csv, .json or .fhir.json.")],
    model: Model = "",
    single: Single = False,
    identifier: Annotated[str, typer.Option("--id", help="What the report calls the smear; no patient's name.")] = "",
    by: Annotated[str, typer.Option(help="Who asks for the count.")] = "",
    red_cells: RedCells = None,
    corrections: Corrections = None,
    paper: Annotated[str, typer.Option(help="A4 or Letter.")] = "A4",
    names: Annotated[bool, typer.Option("--names", help="Print the names of files, which may name a patient.")] = False,
) -> None:
    """Count the cells in photos of one smear and write a report that can be handed over."""
    from core.cli import count as command

    order = command.Order(paths, model, single, identifier, by, red_cells, corrections)
    smear, written = command.report(order, out, paper, names, aside)
    typer.echo(written)
    for lost in smear.not_read:
        typer.echo(lost.reason, err=True)
    if any(not lost.twice for lost in smear.not_read):
        raise typer.Exit(UNREAD)
