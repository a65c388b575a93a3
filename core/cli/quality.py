"""The command that measures how the training cells of a source look, for what is said of a photo."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.console import Console

from core.checkpoints import list_checkpoints
from core.cli.data import at_hand
from core.cli.progress import Bar
from core.datasets import Source, cached_pixels
from core.datasets.laboratories import single_cells
from core.errors import SourceError
from core.evaluation.intervals import wilson
from core.imaging.quality import MEASURES, Look, Reference, keep

SPLITS = ("train", "val", "test")
Pixels = npt.NDArray[np.uint8]


def measure(name: str, root: Path | None, most: int, kept: bool, console: Console) -> list[dict[str, Any]]:
    """Ranges of a source at the size of every checkpoint that learned from it, and who lies outside of them.

    most: cells of each split that are looked at, spread evenly over its list; 0 for all.
    SourceError where no checkpoint learned from it.
    """
    sizes = sizes_of(name)
    if not sizes:
        raise SourceError(f"No checkpoint here learned from {name}, so there is no size at which to look at its cells.")
    source = single_cells(at_hand(name, root))
    looks, rows = {}, []
    for size in sizes:
        with Bar(console, f"{name} at {size} pixels") as bar:
            seen = _pictures(source, cached_pixels(source, size, progress=bar), most)
            looks[size] = Look.fit(seen["train"], seen["val"], bar)
        rows += [_row(looks[size], size, split, seen[split]) for split in ("val", "test")]
    if kept:
        command = f"python -m core data quality {name}" + (f" --most {most}" if most else "") + " --keep"
        cells = {split: len(seen[split]) for split in SPLITS}
        keep(
            Reference(
                source=name,
                split_hash=source.split_hash(),
                cells=cells,
                date=date.today().isoformat(),
                command=command,
                sizes=looks,
            )
        )
    return rows


def sizes_of(source: str) -> list[int]:
    """Sizes in pixels at which checkpoints that learned from a source look at a cell."""
    return sorted({one.preprocessing.size for one in list_checkpoints() if source in one.card.learned_from})


def _pictures(source: Source, pixels: Pixels, most: int) -> dict[str, list[Pixels]]:
    """By split, its framed pictures; pixels: (N, S, S, 3) uint8 in the order of the index, mapped, so that nothing is
    read before it is looked at."""
    found = {}
    for split in SPLITS:
        rows = np.flatnonzero((source.index["split"] == split).to_numpy())
        if most and most < len(rows):
            rows = rows[np.linspace(0, len(rows) - 1, most).astype(int)]
        found[split] = [pixels[row] for row in rows]
    return found


def _row(look: Look, size: int, split: str, pictures: list[Pixels]) -> dict[str, Any]:
    """How many cells of a split get a remark, and of which kind."""
    found = [look.measured(picture) for picture in pictures]
    outside = {name: look.ranges[name].side([one[name] for one in found]) != 0 for name in MEASURES}
    remarked = int(np.any(list(outside.values()), axis=0).sum())
    rate = wilson(remarked, len(found))
    return {
        "size": size,
        "split": split,
        "cells": len(found),
        "beyond each end": round(look.tail, 5),
        "remarked": round(rate.value, 4),
        "low": round(rate.low, 4),
        "high": round(rate.high, 4),
        **{name: int(outside[name].sum()) for name in MEASURES},
    }
