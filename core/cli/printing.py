"""How commands print: tables for people, JSON for machines, and what happens meanwhile on standard error."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

plain = Console(width=None if sys.stdout.isatty() else 160)
log = Console(stderr=True)

Section = tuple[str, Sequence[str], Sequence[Sequence[str]]]
"""A title, and the columns and rows of the table under it; no rows where there is only the title."""


def interval_text(rate: Mapping[str, float]) -> str:
    """A rate as records hold it, with value, low and high: ".912 (.870 to .950)" with its zeros."""
    return f"{rate['value']:.3f} ({rate['low']:.3f} to {rate['high']:.3f})"


def print_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Names in the first column are never shortened."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, column in enumerate(columns):
        table.add_column(column, no_wrap=number == 0)
    for row in rows:
        table.add_row(*row)
    plain.print(table)


def print_rows(rows: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    """Rows of the same columns, as JSON or as a table."""
    if as_json:
        return print_json(rows)
    if rows:
        print_table(list(rows[0]), [[str(row.get(name, "")) for name in rows[0]] for row in rows])


def print_sections(sections: Iterable[Section]) -> None:
    for title, columns, rows in sections:
        typer.echo(title)
        if rows:
            print_table(columns, rows)
