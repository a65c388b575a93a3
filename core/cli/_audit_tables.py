"""What the command `data audit` prints: its tables for people."""

from typing import Any

from core.cli.printing import Section
from core.datasets.audit.traits import trait_in_words

TOP = 20
"""Rows of a table that are printed; --json has all."""


def audit_sections(audit: dict[str, Any]) -> list[Section]:
    """An audit for people, the first table a summary, others cut to TOP rows."""
    pairs = [(*row, kind) for row, kind in zip(audit["duplicates"], audit["kinds"], strict=True)]
    return [
        (f"{audit['source']}: {audit['images']:,} images in {audit['seconds']:.0f} s", ["", ""], _summary(audit)),
        ("duplicates", ["file", "file", "distance", "kind"], [[a, b, f"{d:.3f}", k] for a, b, d, k in pairs[:TOP]]),
        (
            "one cell, two labels",
            ["file", "label", "file", "label", "distance"],
            [
                [row["files"][0], row["labels"][0], row["files"][1], row["labels"][1], f"{row['distance']:.3f}"]
                for row in audit["conflicts"][:TOP]
            ],
        ),
        ("leaks across splits", ["by", "files", "splits"], [_leak(row) for row in audit["leaks"][:TOP]]),
        (
            "suspect labels",
            ["file", "label", "likelier", "margin", "split"],
            [
                [row["file"], row["label"], row["likelier"], f"{row['margin']:.3f}", row["split"]]
                for row in audit["suspect_labels"][:TOP]
            ],
        ),
        (
            "files",
            ["file", "problem", "detail"],
            [[row["file"], row["problem"], row["detail"]] for row in audit["files"][:TOP]],
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
                for row in audit["subpopulations"][:TOP]
            ],
        ),
        (
            "what betrays the class",
            ["classifier on", "balanced accuracy", "95 %", "chance"],
            [_shortcut(row) for row in audit["shortcuts"]],
        ),
    ]


def _summary(audit: dict[str, Any]) -> list[list[str]]:
    images = [row for row in audit["leaks"] if row["by"] == "image"]
    counts = {
        "duplicates": len(audit["duplicates"]),
        "one cell under two labels": len(audit["conflicts"]),
        "leaks by image": len(images),
        "leaks by source photo": len(audit["leaks"]) - len(images),
        "groups of one scene": len(audit["groups"]),
        "images in them": sum(map(len, audit["groups"])),
        "suspect labels": len(audit["suspect_labels"]),
        "files that are not what they claim": len(audit["files"]),
        "odd sizes": len(audit["odd_sizes"]),
        "subpopulations": len(audit["subpopulations"]),
    }
    rows = [[name, f"{number:,}"] for name, number in counts.items()]
    return [
        *rows,
        ["commonest class over rarest", f"{audit['balance']['ratio']:.1f}"],
        ["labels doubted by", audit["doubted_by"]],
        ["labels that it tells as they are", "" if audit["agreement"] is None else f"{100 * audit['agreement']:.1f} %"],
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
