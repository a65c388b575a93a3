"""How commands print: a table for people, JSON for machines, and what is said aside on standard error."""

import json
import sys
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

plain = Console(width=None if sys.stdout.isatty() else 160)
aside = Console(stderr=True)

Model = Annotated[str, typer.Option("--model", "-m", help="Checkpoint; see `models`.")]
Paths = Annotated[list[str], typer.Argument(help="Photos, folders or zip archives.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a machine.")]

UNREAD = 4
"""Exit status: done, but some files could not be read."""


def print_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False))


def print_table(columns: list[str], rows: list[list[str]]) -> None:
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*row)
    plain.print(table)
