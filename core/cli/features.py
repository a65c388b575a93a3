"""What pages show of a network's features: prototypes, and a map of its test cells."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.bars import Bar
from core.cli.options import AsJson, Named, Root
from core.cli.printing import log, print_json
from core.cli.running import at_hand

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint

app = typer.Typer()


@app.command()
def prototypes(
    names: Named,
    most: Annotated[int, typer.Option(min=6, help="Training cells of each class to choose from.")] = 200,
    root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Choose the training cells that stand for their class, for "looks like these" on the page Read."""
    from core.explain.prototypes import FILE
    from core.publishing.prototypes import choose_prototypes

    rows: list[dict[str, Any]] = []
    for lead in _leads(names):
        source = at_hand(lead.card.trained.source, root)
        with Bar(log, lead.name) as bar:
            chosen = choose_prototypes(lead, source, most, bar)
        chosen.write(lead.folder)
        size = (lead.folder / FILE).stat().st_size
        rows.append({"name": lead.name, "prototypes": len(chosen.rows), "bytes": size, "sha256": chosen.sha256})
    if as_json:
        return print_json(rows)
    for row in rows:
        typer.echo(f"{row['name']}: {row['prototypes']} prototypes, {row['bytes'] / 1000:.0f} kB")


@app.command("map")
def feature_map(names: Named, root: Root = None, as_json: AsJson = False) -> None:
    """Map a model's test cells by its features (UMAP and PCA), for the page Data."""
    from core.evaluation.results.embeddings import FILE
    from core.publishing.embedding import make_map

    rows: list[dict[str, Any]] = []
    for lead in _leads(names):
        source = at_hand(lead.card.trained.source, root)
        with Bar(log, lead.name) as bar:
            drawn = make_map(lead, source, bar)
        drawn.write(lead.folder)
        size = (lead.folder / FILE).stat().st_size
        rows.append({"name": lead.name, "cells": len(drawn.table), "bytes": size, "sha256": drawn.sha256})
    if as_json:
        return print_json(rows)
    for row in rows:
        typer.echo(f"{row['name']}: {row['cells']:,} cells, {row['bytes'] / 1000:.0f} kB")


def _leads(names: list[str]) -> "list[Checkpoint]":
    """The checkpoints of those names, of an ensemble its lead member, each once."""
    from core.checkpoints import find_checkpoint

    return list({lead.name: lead for lead in (find_checkpoint(name).lead for name in names)}.values())
