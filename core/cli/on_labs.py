"""The commands on other laboratories: `python -m core labs …`."""

from pathlib import Path
from typing import Annotated

import typer

from core.cli.printing import AsJson, aside, print_json, print_table

labs_app = typer.Typer(no_args_is_help=True, help="How models read the cells of other laboratories.")

STOPPED = 3


@labs_app.command("evaluate")
def labs_evaluate(
    names: Annotated[list[str] | None, typer.Argument(help="Checkpoints; all where none is named.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Also what a table holds already.")] = False,
) -> None:
    """Read every image of the laboratories that a model never saw, and keep the answers in its table.

    Ctrl-C stops after what is kept; the same command goes on from there.
    """
    from core.cli.labs import evaluate

    evaluate(names or [], again, aside)


@labs_app.command("run")
def labs_run(
    names: Annotated[list[str], typer.Argument(help="Arms, such as norms-of-lab; all for all of them.")],
    change: Annotated[list[str] | None, typer.Option("--set", help="Another setting, such as epochs=3.")] = None,
    out: Annotated[Path, typer.Option(help="Folder of the runs; one that is there goes on.")] = Path("runs/labs"),
    again: Annotated[bool, typer.Option("--again", help="Also the arms that are recorded already.")] = False,
) -> None:
    """Try what may help to read other laboratories. Ctrl-C stops and saves; the same command goes on."""
    from core.cli.labs import run

    if not run(names, change or [], out, again, aside):
        raise typer.Exit(STOPPED)


@labs_app.command("show")
def labs_show(
    every: Annotated[
        bool, typer.Option("--all", help="Every image that was not learned from, not test's alone.")
    ] = False,
    as_answered: Annotated[
        bool, typer.Option("--as-answered", help="Models' answers among all their classes.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Models and arms by laboratory, with 95 % intervals, and what the arms say."""
    from core.cli.labs import shown, written

    found = shown(None if every else "test", not as_answered)
    if as_json:
        return print_json(found)
    for title, columns, rows in written(found):
        typer.echo(title)
        if rows:
            print_table(columns, rows)


@labs_app.command("resemble")
def labs_resemble(as_json: AsJson = False) -> None:
    """Work out what pictures of each laboratory are like, for the page Read; and how well that tells them apart."""
    from core.cli.labs import resembling

    found = resembling(aside)
    if as_json:
        return print_json(found)
    print_table(
        ["pictures of", "n", "told rightly", "told as none"],
        [[row["of"], str(row["n"]), row["right"], row["none"]] for row in found["rows"]],
    )
