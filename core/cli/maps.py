"""The command that draws a checkpoint's map."""

from pathlib import Path
from typing import Any

from rich.console import Console

from core.checkpoints import find_checkpoint
from core.cli.data import at_hand
from core.cli.progress import Bar
from core.evaluation.results.embeddings import FILE
from core.publishing.embedding import make_map


def draw(names: list[str], root: Path | None, console: Console) -> list[dict[str, Any]]:
    """Draw and keep the map of each checkpoint, of an ensemble that of its lead member; what was kept where."""
    leads = {lead.name: lead for lead in (find_checkpoint(name).lead for name in names)}
    rows = []
    for lead in leads.values():
        source = at_hand(lead.card.trained.source, root)
        with Bar(console, lead.name) as bar:
            found = make_map(lead, source, bar)
        found.write(lead.folder)
        size = (lead.folder / FILE).stat().st_size
        rows.append({"name": lead.name, "cells": len(found.table), "bytes": size, "sha256": found.sha256})
    return rows
