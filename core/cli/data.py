"""The data sets: which there are, getting them, and what is in them."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.bars import Bar
from core.cli.options import AsJson, SourceName
from core.cli.printing import log, plain, print_json, print_rows, print_sections, print_table
from core.cli.running import at_hand
from core.errors import CheckpointError, SourceError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from core.checkpoints import Checkpoint
    from core.datasets import Source
    from core.datasets.audit.auditing import Features
    from core.imaging.quality import QualityRanges

    Pixels = npt.NDArray[np.uint8]

NO_LABELS = "none"

SMALL = 64
"""Side in pixels up to which a network is quick on thousands of cells."""

SPLITS = ("train", "val", "test")

ItsRoot = Annotated[Path | None, typer.Option("--root", help="Its folder, if it is not found by itself.")]

app = typer.Typer(name="data", no_args_is_help=True, help="The data sets that Smearlens can read.")


@app.command("list")
def list_sources(as_json: AsJson = False) -> None:
    """The data sets, and where each was found on this computer."""
    from core.datasets import SOURCES

    rows = [
        {
            "name": spec.name,
            "title": spec.title,
            "labs": list(spec.labs),
            "licence": spec.licence,
            "root": _root(spec.name),
        }
        for spec in SOURCES.values()
    ]
    if as_json:
        return print_json(rows)
    print_table(
        ["name", "title", "licence", "found"],
        [[str(row["name"]), str(row["title"]), str(row["licence"]), str(row["root"] or "no")] for row in rows],
    )


@app.command()
def get(name: SourceName) -> None:
    """Fetch a data set; status 1, and how to get it, if it has to be fetched by hand."""
    from core.datasets import fetch_source

    with Bar(log, name) as bar:
        source = fetch_source(name, bar)
    typer.echo(f"{source.spec.title} is in {source.root}.")


@app.command()
def info(name: SourceName, root: ItsRoot = None, as_json: AsJson = False) -> None:
    """Classes, splits, laboratories, licence and citation of a data set, with counts if it is at hand."""
    facts = _info(name, root)
    if as_json:
        return print_json(facts)
    for key, value in facts.items():
        plain.print(f"[bold]{key}[/bold]  {value}")


@app.command()
def audit(
    name: Annotated[str, typer.Argument(help="A source; see `data list`; folder for class folders of your own.")],
    root: ItsRoot = None,
    model: Annotated[str, typer.Option("--model", "-m", help="Whose features doubt labels; none: do not.")] = "",
    keep: Annotated[bool, typer.Option("--keep", help="Keep a summary, which the page Data shows.")] = False,
    as_json: AsJson = False,
) -> None:
    """Look for copies, conflicts, leaks, wrong labels, broken files, subpopulations and shortcuts in a data set."""
    from core.cli._audit_tables import audit_sections
    from core.datasets.audit.auditing import audit as audited
    from core.datasets.audit.summary import summarize, write_summary
    from core.datasets.registry import source_spec

    if keep and not source_spec(name).searched:
        raise SourceError("Only the audit of a known data set can be kept; save what is printed instead.")
    source = at_hand(name, root)
    features, doubted_by = _features(model)
    with Bar(log, name) as bar:
        result = audited(source, features, doubted_by, bar).to_dict()
    if keep:
        command = f"python -m core data audit {name} --keep" + (f" --model {model}" if model else "")
        write_summary(summarize(result, date.today().isoformat(), command))
    if as_json:
        return print_json(result)
    print_sections(section for section in audit_sections(result) if section[2])


@app.command()
def quality(
    name: SourceName,
    root: ItsRoot = None,
    most: Annotated[int, typer.Option(min=0, help="Look at this many cells of each split; 0 for all.")] = 0,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the ranges, by which photos are judged.")] = False,
    as_json: AsJson = False,
) -> None:
    """How sharp, lit and coloured a data set's training cells are, and how many other cells lie outside that range."""
    from core.datasets import cached_pixels
    from core.datasets.laboratories import single_cells
    from core.imaging.quality import QualityRanges, Reference
    from core.imaging.quality import keep as keep_reference

    sizes = _input_sizes(name)
    if not sizes:
        raise SourceError(f"No checkpoint here learned from {name}, so there is no size at which to look at its cells.")
    source = single_cells(at_hand(name, root))
    ranges, rows = {}, []
    for size in sizes:
        with Bar(log, f"{name} at {size} pixels") as bar:
            pictures = _pictures(source, cached_pixels(source, size, progress=bar), most)
            ranges[size] = QualityRanges.fit(pictures["train"], pictures["val"], bar)
        rows += [_quality_row(ranges[size], size, split, pictures[split]) for split in ("val", "test")]
    if keep:
        command = f"python -m core data quality {name}" + (f" --most {most}" if most else "") + " --keep"
        keep_reference(
            Reference(
                source=name,
                split_hash=source.split_hash(),
                cells={split: len(pictures[split]) for split in SPLITS},
                date=date.today().isoformat(),
                command=command,
                sizes=ranges,
            )
        )
    print_rows(rows, as_json=as_json)


def _root(name: str) -> str | None:
    from core.datasets import find_source

    try:
        return str(find_source(name).root)
    except SourceError:
        return None


def _info(name: str, root: Path | None) -> dict[str, Any]:
    """What is known of a source, and what is in its folder where that is at hand."""
    import pandas as pd

    from core.datasets.registry import source_spec

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


def _features(model: str) -> "tuple[Features | None, str]":
    """By what labels are doubted, and the name or the reason why not. model: "" for the champion."""
    if model == NO_LABELS:
        return None, "Labels were not doubted, as was asked."
    from core.inference.audit_features import of_checkpoint  # loads torch, which the rest does not need

    try:
        checkpoint = doubting_checkpoint(model)
    except CheckpointError as error:
        if model:
            raise
        return None, f"Labels were not doubted: {error}"
    return lambda survey, progress: of_checkpoint(checkpoint, survey, progress), checkpoint.name


def doubting_checkpoint(model: str) -> "Checkpoint":
    """The checkpoint of that name (of an ensemble its lead), or the most accurate of those that are quick."""
    from core.checkpoints import find_checkpoint, list_checkpoints
    from core.inference.selection import best_first, choose

    if model:
        return find_checkpoint(model).lead
    single = [checkpoint for checkpoint in list_checkpoints() if checkpoint.ensemble is None]
    quick = [checkpoint for checkpoint in single if checkpoint.preprocessing.size <= SMALL]
    return best_first(quick)[0] if quick else choose().lead


def _input_sizes(source: str) -> list[int]:
    """Sizes in pixels at which checkpoints that learned from a source look at a cell."""
    from core.checkpoints import list_checkpoints

    learned = [checkpoint for checkpoint in list_checkpoints() if source in checkpoint.card.learned_from]
    return sorted({checkpoint.preprocessing.size for checkpoint in learned})


def _pictures(source: "Source", pixels: "Pixels", limit: int) -> "dict[str, list[Pixels]]":
    """By split, its framed pictures; pixels: (N, S, S, 3) uint8 in the order of the index, mapped, so that nothing is
    read before it is looked at. limit: of each split, spread evenly over its list; 0 for all."""
    import numpy as np

    pictures = {}
    for split in SPLITS:
        rows = np.flatnonzero((source.index["split"] == split).to_numpy())
        if limit and limit < len(rows):
            rows = rows[np.linspace(0, len(rows) - 1, limit).astype(int)]
        pictures[split] = [pixels[row] for row in rows]
    return pictures


def _quality_row(ranges: "QualityRanges", size: int, split: str, pictures: "list[Pixels]") -> dict[str, Any]:
    """How many cells of a split get a remark, and of which kind."""
    import numpy as np

    from core.evaluation.intervals import wilson
    from core.imaging.quality import MEASURES

    measured = [ranges.measured(picture) for picture in pictures]
    outside = {name: ranges.ranges[name].side([measures[name] for measures in measured]) != 0 for name in MEASURES}
    remarked = int(np.any(list(outside.values()), axis=0).sum())
    rate = wilson(remarked, len(measured))
    return {
        "size": size,
        "split": split,
        "cells": len(measured),
        "beyond each end": round(ranges.tail, 5),
        "remarked": round(rate.value, 4),
        "low": round(rate.low, 4),
        "high": round(rate.high, 4),
        **{name: int(outside[name].sum()) for name in MEASURES},
    }
