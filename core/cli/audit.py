"""The command that audits a source."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from core.cli.data import at_hand
from core.cli.progress import Bar
from core.datasets.audit.auditing import Features, audit
from core.datasets.audit.summary import keep, shortened
from core.datasets.audit.traits import trait_in_words
from core.datasets.registry import source_spec
from core.errors import CheckpointError, SourceError

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint

NO_LABELS = "none"

SMALL = 64
"""Side in pixels up to which a network is quick on thousands of cells."""


def run(name: str, root: Path | None, model: str, kept: bool, console: Console) -> dict[str, Any]:
    """Audit a source in a folder, or wherever it is found. model: whose features doubt labels; "" the champion.

    SourceError where an audit of a folder of one's own should be kept.
    """
    if kept and not source_spec(name).searched:
        raise SourceError("Only the audit of a known data set can be kept; save what is printed instead.")
    source = at_hand(name, root)
    features, doubted_by = _features(model)
    with Bar(console, name) as bar:
        found = audit(source, features, doubted_by, bar).to_dict()
    if kept:
        command = f"python -m core data audit {name} --keep" + (f" --model {model}" if model else "")
        keep(shortened(found, date.today().isoformat(), command))
    return found


def _features(model: str) -> tuple[Features | None, str]:
    if model == NO_LABELS:
        return None, "Labels were not doubted, as was asked."
    from core.inference.audit_features import of_checkpoint  # loads torch, which the rest does not need

    try:
        checkpoint = network(model)
    except CheckpointError as error:
        if model:
            raise
        return None, f"Labels were not doubted: {error}"
    return lambda seen, progress: of_checkpoint(checkpoint, seen, progress), checkpoint.name


def network(model: str) -> "Checkpoint":
    """The checkpoint of that name (of an ensemble its lead), or the most accurate of those that are quick."""
    from core.checkpoints import find_checkpoint, list_checkpoints
    from core.inference.selection import best_first, choose

    if model:
        return find_checkpoint(model).lead
    single = [one for one in list_checkpoints() if one.ensemble is None]
    quick = [one for one in single if one.preprocessing.size <= SMALL]
    return best_first(quick)[0] if quick else choose().lead


def written(found: dict[str, Any]) -> list[tuple[str, list[str], list[list[str]]]]:
    """For people: tables of (title, columns, rows), the first a summary, others cut to TOP rows."""
    pairs = [(*row, kind) for row, kind in zip(found["duplicates"], found["kinds"], strict=True)]
    return [
        (f"{found['source']}: {found['images']:,} images in {found['seconds']:.0f} s", ["", ""], _summary(found)),
        ("duplicates", ["file", "file", "distance", "kind"], [[a, b, f"{d:.3f}", k] for a, b, d, k in pairs[:TOP]]),
        (
            "one cell, two labels",
            ["file", "label", "file", "label", "distance"],
            [
                [row["files"][0], row["labels"][0], row["files"][1], row["labels"][1], f"{row['distance']:.3f}"]
                for row in found["conflicts"][:TOP]
            ],
        ),
        ("leaks across splits", ["by", "files", "splits"], [_leak(row) for row in found["leaks"][:TOP]]),
        (
            "suspect labels",
            ["file", "label", "likelier", "margin", "split"],
            [
                [row["file"], row["label"], row["likelier"], f"{row['margin']:.3f}", row["split"]]
                for row in found["suspect_labels"][:TOP]
            ],
        ),
        (
            "files",
            ["file", "problem", "detail"],
            [[row["file"], row["problem"], row["detail"]] for row in found["files"][:TOP]],
        ),
        (
            "subpopulations",
            ["name", "images", "what sets it apart", "classes"],
            [
                [
                    row["name"],
                    str(row["images"]),
                    "; ".join(map(trait_in_words, row["traits"])),
                    _counts(row["classes"]),
                ]
                for row in found["subpopulations"][:TOP]
            ],
        ),
        (
            "what betrays the class",
            ["classifier on", "balanced accuracy", "95 %", "chance"],
            [_shortcut(row) for row in found["shortcuts"]],
        ),
    ]


TOP = 20
"""Rows of a table that are printed; --json has all."""


def _summary(found: dict[str, Any]) -> list[list[str]]:
    images = [row for row in found["leaks"] if row["by"] == "image"]
    counts = {
        "duplicates": len(found["duplicates"]),
        "one cell under two labels": len(found["conflicts"]),
        "leaks by image": len(images),
        "leaks by source photo": len(found["leaks"]) - len(images),
        "groups of one scene": len(found["groups"]),
        "images in them": sum(map(len, found["groups"])),
        "suspect labels": len(found["suspect_labels"]),
        "files that are not what they claim": len(found["files"]),
        "odd sizes": len(found["odd_sizes"]),
        "subpopulations": len(found["subpopulations"]),
    }
    rows = [[name, f"{number:,}"] for name, number in counts.items()]
    return [
        *rows,
        ["commonest class over rarest", f"{found['balance']['ratio']:.1f}"],
        ["labels doubted by", found["doubted_by"]],
        ["labels that it tells as they are", "" if found["agreement"] is None else f"{100 * found['agreement']:.1f} %"],
    ]


def _shortcut(row: dict[str, Any]) -> list[str]:
    figures = [row["balanced_accuracy"], row["low"], row["high"], row["chance"]]
    value, low, high, chance = (f"{figure:.3f}" for figure in figures)
    return [row["looks_at"], value, f"{low} to {high}", chance]


def _leak(row: dict[str, Any]) -> list[str]:
    if row["by"] == "image":
        return ["image", ", ".join(row["files"]), ", ".join(row["splits"])]
    return [f"{row['by']} {row['photo']}", f"{len(row['files'])} images", _counts(row["splits"])]


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in counts.items())
