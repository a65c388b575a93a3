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


def shortened(found: dict[str, Any], date: str, command: str) -> dict[str, Any]:
    """What is kept of `Audit.to_dict()`: `numbers` has the length of every list before it was cut."""
    kept = {name: found[name] for name in found if name not in LISTS}
    kept |= {"date": date, "command": command, "numbers": {name: len(found[name]) for name in LISTS}}
    kept |= {name: found[name][:PAIRS] for name in ("duplicates", "conflicts", "files")}
    kept["kinds"] = found["kinds"][:PAIRS]
    kept["kind_counts"] = {kind: found["kinds"].count(kind) for kind in sorted(set(found["kinds"]))}
    kept["leaks"] = [_named(row, "files", FILES) for row in found["leaks"][:PAIRS]]
    kept["groups"] = [{"images": len(files), "files": files[:FILES]} for files in found["groups"][:PAIRS]]
    kept["suspect_labels"] = found["suspect_labels"][:SUSPECTS]
    kept["odd_sizes"] = [_named(row, "files", FILES) for row in found["odd_sizes"]]
    kept["subpopulations"] = [_named(row, "files", FILES) for row in found["subpopulations"]]
    return kept


def _named(row: dict[str, Any], column: str, most: int) -> dict[str, Any]:
    return row | {column: row[column][:most]}


def path_of(source: str) -> Path:
    return records_folder() / "audit" / f"{source}.json"


def keep(kept: dict[str, Any]) -> Path:
    """Write a shortened audit among the shipped records, in place of an earlier one."""
    path = path_of(kept["source"])
    write_json(path, kept)
    return path


def kept_of(source: str) -> dict[str, Any] | None:
    """The audit that is kept of a source; None where there is none. SourceError where it is damaged."""
    try:
        found: dict[str, Any] = json.loads(path_of(source).read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise SourceError(f"The audit of {source} is damaged; make it again.") from error
    if not {"numbers", "date", "agreement", "kind_counts", "shortcuts", *LISTS} <= set(found):
        raise SourceError(f"The audit of {source} is of another version; make it again.")
    return found
