"""Cells of a smear that are no part of its differential, by why."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.differential.smear import PLATELET, CountedCell
from core.wording import count_of


@dataclass(frozen=True)
class Apart:
    """Cells that are counted apart from the differential, by why."""

    unlike: int
    cut: int
    smudge: int
    debris: int
    touching: int
    """Among the counted: white cells that touch another one."""
    removed: int
    """What a person said is no cell."""
    implausible: int = 0
    """White cells of photos that show more of them than blood holds."""
    small: int = 0
    """White cells of photos whose magnification is too low to tell them."""


def apart_of(cells: Sequence[CountedCell]) -> Apart:
    """What of the cells of a smear is set apart."""
    cells = [cell for cell in cells if cell.repeats is None]
    white = [cell for cell in cells if cell.detection.kind == "white"]
    uncorrected = [cell for cell in white if cell.corrected is None]
    return Apart(
        unlike=sum(cell.verdict == "unlike" and cell.detection.whole for cell in uncorrected),
        cut=sum(cell.detection.cut for cell in uncorrected),
        smudge=sum(cell.detection.note == "smudge" and not cell.detection.cut for cell in uncorrected),
        debris=sum(cell.detection.note == "debris" and not cell.detection.cut for cell in uncorrected),
        implausible=sum(cell.detection.note == "implausible" and not cell.detection.cut for cell in uncorrected),
        small=sum(cell.detection.note == "small" and not cell.detection.cut for cell in uncorrected),
        touching=sum(cell.detection.note == "touching" and cell.counted_as not in (None, PLATELET) for cell in white),
        removed=sum(cell.corrected is not None and cell.counted_as is None for cell in cells),
    )


def set_apart(apart: Apart) -> list[str]:
    """What was set apart and is not counted: "2 smudge cells"."""
    return [
        count_of(number, one, many)
        for number, one, many in (
            (
                apart.cut,
                "white cell cut by the edge of its photo or of the lit part",
                "white cells cut by the edge of their photo or of the lit part",
            ),
            (apart.smudge, "smudge cell", ""),
            (
                apart.implausible,
                "white cell of a photo with implausibly many",
                "white cells of photos with implausibly many",
            ),
            (
                apart.small,
                "white cell of a photo whose magnification is too low",
                "white cells of photos whose magnification is too low",
            ),
            (apart.debris, "piece of stain or dirt", "pieces of stain or dirt"),
            (apart.removed, "cell that a person removed", "cells that a person removed"),
        )
        if number
    ]
