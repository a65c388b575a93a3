"""The commands on when to believe a model: `calibrate`, `gate` and `left-out`."""

from pathlib import Path
from typing import Annotated

import typer

from core.cli.printing import AsJson, aside, print_json, print_table

belief_app = typer.Typer()
"""Its commands stand beside all others, not under a name of their own."""

Names = Annotated[list[str] | None, typer.Argument(help="Checkpoints; all where none is named.")]
Root = Annotated[Path | None, typer.Option(help="The source's folder, where it is not found by itself.")]

STOPPED = 3


@belief_app.command()
def calibrate(names: Names = None, as_json: AsJson = False) -> None:
    """Fit calibration, the limit of "unsure" and prediction sets anew, from committed validation predictions.

    Temperature is kept unless vector scaling is better on cells that it was not fitted on. Needs no images, and
    touches no weights.
    """
    from core.cli.calibration import calibrate as run

    _print(run(names or [], aside), as_json)


@belief_app.command()
def gate(
    names: Names = None,
    again: Annotated[bool, typer.Option("--again", help="Also gates that can be read as they are.")] = False,
    root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Fit the gate against unlike pictures anew, from the training images; each checkpoint is done for itself, so that
    the same command goes on where it was stopped. Touches no weights."""
    from core.cli.calibration import gate as run

    _print(run(names or [], again, root, aside), as_json)


@belief_app.command("left-out")
def left_out(
    recipe: Annotated[str, typer.Argument(help="A recipe by name.")] = "simple_cnn",
    kind: Annotated[list[str] | None, typer.Option("--class", help="To leave out; each in turn if none.")] = None,
    change: Annotated[list[str] | None, typer.Option("--set", help="Another setting, such as epochs=3.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the runs; those that are there go on.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep what was measured, for the page Model.")] = False,
    root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Train a recipe without one class and measure how its cells are told from known ones. Ctrl-C stops and saves."""
    from core.cli.calibration import without_class as run

    folder = out or Path("runs") / "left-out" / recipe
    rows = run(recipe, kind or [], change or [], folder, keep, root, aside)
    if rows is None:
        raise typer.Exit(STOPPED)
    _print(rows, as_json)


def _print(rows: list[dict[str, object]], as_json: bool) -> None:
    if as_json:
        return print_json(rows)
    if rows:
        print_table(list(rows[0]), [[str(row.get(name, "")) for name in rows[0]] for row in rows])
