"""Commands on data sets."""

from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console

from core.cli.progress import Bar
from core.datasets import SOURCES, Source, fetch_source, find_source, open_source
from core.datasets.registry import source_spec
from core.errors import SourceError


def at_hand(name: str, root: Path | None = None) -> Source:
    """A source in the folder named, or wherever it is found."""
    return open_source(name, root) if root else find_source(name)


def listing() -> list[dict[str, Any]]:
    """Every source; `root` is None where it was not found."""
    return [
        {
            "name": spec.name,
            "title": spec.title,
            "labs": list(spec.labs),
            "licence": spec.licence,
            "root": _root(spec.name),
        }
        for spec in SOURCES.values()
    ]


def _root(name: str) -> str | None:
    try:
        return str(find_source(name).root)
    except SourceError:
        return None


def fetch(name: str, console: Console) -> str:
    """Download a source; SourceError says how to get it where a person has to."""
    with Bar(console, name) as bar:
        source = fetch_source(name, bar)
    return f"{source.spec.title} is in {source.root}."


def info(name: str, root: Path | None) -> dict[str, Any]:
    """What is known of a source, and what is in its folder where that is at hand."""
    spec = source_spec(name)
    facts: dict[str, Any] = {
        "name": spec.name,
        "title": spec.title,
        "labs": list(spec.labs),
        "licence": spec.licence,
        "citation": spec.citation,
        "how_to_get": spec.how_to_get,
    }
    try:
        source = at_hand(name, root)
    except SourceError:
        if root:
            raise
        return facts | {"root": None}
    counts = pd.crosstab(source.index["label"], source.index["split"])
    table = {str(label): {str(split): int(n) for split, n in row.items()} for label, row in counts.iterrows()}
    return facts | {
        "root": str(source.root),
        "splits": source.split_note,
        "split_hash": source.split_hash(),
        "counts": table,
    }
