"""What a kept audit says of single images: that a label is in doubt, and where the same cell is there again."""

from dataclasses import dataclass

from core.datasets.audit.summary import read_summary

WEAK = 0.9
"""Share of labels that the features tell, below which doubts mean little."""

SHIFTED = "shifted"
"""Pairs of this kind show overlapping parts of one field, so the cells in their centres may differ."""


@dataclass(frozen=True)
class AuditRemark:
    """Of one image. likelier: key of the class that the features give in place of its label, "" where they agree.

    other_labels: (file, key of its class) of images that show the same cell under another label. copies: (file, its
    split, "" where that is its own) of those that show it under the same label.
    """

    likelier: str = ""
    other_labels: tuple[tuple[str, str], ...] = ()
    copies: tuple[tuple[str, str], ...] = ()


def read_remarks(source: str) -> dict[str, AuditRemark]:
    """By key of the image; empty where no audit of the source is kept. SourceError where it is damaged.

    Labels are said to be in doubt only where the features agree with at least the share WEAK of all labels.
    """
    summary = read_summary(source)
    if summary is None:
        return {}
    likelier = {row["file"]: row["likelier"] for row in summary["suspect_labels"] if summary["agreement"] >= WEAK}
    labels: dict[str, list[tuple[str, str]]] = {}
    for row in summary["conflicts"]:
        for own, other in ((0, 1), (1, 0)):
            labels.setdefault(row["files"][own], []).append((row["files"][other], row["labels"][other]))
    splits = {
        file: split
        for row in summary["leaks"]
        if row["by"] == "image"
        for file, split in zip(row["files"], row["splits"], strict=True)
    }
    copies: dict[str, list[tuple[str, str]]] = {}
    for (first, second, _), kind in zip(summary["duplicates"], summary["kinds"], strict=True):
        if kind != SHIFTED and second not in [file for file, _ in labels.get(first, [])]:
            for own, other in ((first, second), (second, first)):
                copies.setdefault(own, []).append((other, splits.get(other, "")))
    return {
        key: AuditRemark(likelier.get(key, ""), tuple(labels.get(key, ())), tuple(copies.get(key, ())))
        for key in {*likelier, *labels, *copies}
    }
