"""The short form of an audit that is kept: figures and file names, never an image; pages read it."""

import json
from pathlib import Path
from typing import Any

from core.errors import SourceError
from core.settings import records_folder
from core.storage import write_json

SUSPECTS, FILES = 500, 8
"""Doubted labels that are kept, the most doubtful; files that are named of each subpopulation."""

PAIRS = 500
"""Pairs, and groups, that are kept, the nearest; their numbers are kept whole."""

LISTS = ("duplicates", "conflicts", "leaks", "groups", "suspect_labels", "files", "odd_sizes", "subpopulations")


def summarize(audit: dict[str, Any], date: str, command: str) -> dict[str, Any]:
    """What is kept of `Audit.to_dict()`: `numbers` has the length of every list before it was cut."""
    summary = {name: audit[name] for name in audit if name not in LISTS}
    summary |= {"date": date, "command": command, "numbers": {name: len(audit[name]) for name in LISTS}}
    summary |= {name: audit[name][:PAIRS] for name in ("duplicates", "conflicts", "files")}
    summary["kinds"] = audit["kinds"][:PAIRS]
    summary["kind_counts"] = {kind: audit["kinds"].count(kind) for kind in sorted(set(audit["kinds"]))}
    summary["leaks"] = [_named(row, "files", FILES) for row in audit["leaks"][:PAIRS]]
    summary["groups"] = [{"images": len(files), "files": files[:FILES]} for files in audit["groups"][:PAIRS]]
    summary["suspect_labels"] = audit["suspect_labels"][:SUSPECTS]
    summary["odd_sizes"] = [_named(row, "files", FILES) for row in audit["odd_sizes"]]
    summary["subpopulations"] = [_named(row, "files", FILES) for row in audit["subpopulations"]]
    return summary


def _named(row: dict[str, Any], column: str, most: int) -> dict[str, Any]:
    return row | {column: row[column][:most]}


def path_of(source: str) -> Path:
    return records_folder() / "audit" / f"{source}.json"


def write_summary(summary: dict[str, Any]) -> Path:
    """Write a shortened audit among the shipped records, in place of an earlier one."""
    path = path_of(summary["source"])
    write_json(path, summary)
    return path


def read_summary(source: str) -> dict[str, Any] | None:
    """The audit that is kept of a source; None where there is none. SourceError where it is damaged."""
    try:
        summary: dict[str, Any] = json.loads(path_of(source).read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise SourceError(f"The audit of {source} is damaged; make it again.") from error
    if not {"numbers", "date", "agreement", "kind_counts", "shortcuts", *LISTS} <= set(summary):
        raise SourceError(f"The audit of {source} is of another version; make it again.")
    return summary
