"""The commands on data sets: `python -m core data …`."""

from pathlib import Path
from typing import Annotated

import typer

from core.cli.printing import AsJson, aside, plain, print_json, print_table

data_app = typer.Typer(no_args_is_help=True, help="The data sets that Smearlens can read.")


@data_app.command("list")
def data_list(as_json: AsJson = False) -> None:
    """The data sets, and where each was found on this computer."""
    from core.cli.data import listing

    rows = listing()
    if as_json:
        return print_json(rows)
    print_table(
        ["name", "title", "licence", "found"],
        [[r["name"], r["title"], r["licence"], r["root"] or "no"] for r in rows],
    )


@data_app.command("get")
def data_get(name: Annotated[str, typer.Argument(help="A source; see `data list`.")]) -> None:
    """Fetch a data set; status 1, and how to get it, where a person has to."""
    from core.cli.data import fetch

    typer.echo(fetch(name, aside))


@data_app.command("info")
def data_info(
    name: Annotated[str, typer.Argument(help="A source; see `data list`.")],
    root: Annotated[Path | None, typer.Option(help="Its folder, where it is not found by itself.")] = None,
    as_json: AsJson = False,
) -> None:
    """Classes, splits, labs, licence and citation of a data set, with counts where it is at hand."""
    from core.cli.data import info

    facts = info(name, root)
    if as_json:
        return print_json(facts)
    for key, value in facts.items():
        plain.print(f"[bold]{key}[/bold]  {value}")


@data_app.command("audit")
def data_audit(
    name: Annotated[str, typer.Argument(help="A source; see `data list`; folder for class folders of your own.")],
    root: Annotated[Path | None, typer.Option(help="Its folder, where it is not found by itself.")] = None,
    model: Annotated[str, typer.Option("--model", "-m", help="Whose features doubt labels; none: do not.")] = "",
    keep: Annotated[bool, typer.Option("--keep", help="Keep a summary, which the page Data shows.")] = False,
    as_json: AsJson = False,
) -> None:
    """Look for copies, conflicts, leaks, wrong labels, broken files, subpopulations and shortcuts in a data set."""
    from core.cli.audit import run, written

    found = run(name, root, model, keep, aside)
    if as_json:
        return print_json(found)
    for title, columns, rows in written(found):
        if rows:
            typer.echo(title)
            print_table(columns, rows)


@data_app.command("quality")
def data_quality(
    name: Annotated[str, typer.Argument(help="A source; see `data list`.")],
    root: Annotated[Path | None, typer.Option(help="Its folder, where it is not found by itself.")] = None,
    most: Annotated[int, typer.Option(min=0, help="Look at so many cells of each split; 0 for all.")] = 0,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the ranges, by which photos are judged.")] = False,
    as_json: AsJson = False,
) -> None:
    """How sharp, lit and coloured a data set's training cells are, and how many other cells lie outside of that."""
    from core.cli.quality import measure

    rows = measure(name, root, most, keep, aside)
    if as_json:
        return print_json(rows)
    print_table(list(rows[0]), [[str(value) for value in row.values()] for row in rows])
