"""Readings as tables: what is shown, and what is downloaded."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from app.shared.language import _, class_name
from app.shared.reading import quality
from app.shared.uploads import Item
from app.shared.words import VERDICTS, likeliest, percent
from core.imaging.wording import detection_sentences, opening_remarks, quality_sentence
from core.labels import LabelSpace

if TYPE_CHECKING:
    from core.inference.reader import Reading


def summary(items: Sequence[Item], space: LabelSpace) -> pd.DataFrame:
    """One row a photo that was read: file, answer, confidence in words, verdict, next likeliest class, what
    is unusual about the photo."""
    rows = []
    for item in items:
        if item.reading is not None:
            first, second = likeliest(item.reading, 2)
            trusted = item.reading.verdict != "unlike"
            rows.append(
                {
                    _("File"): item.name,
                    _("Likeliest"): class_name(space[first]) if trusted else _("none"),
                    _("Probability"): percent(item.reading.probabilities[first]) if trusted else "",
                    _("Verdict"): _(VERDICTS[item.reading.verdict]),
                    _("Next class"): f"{class_name(space[second])} {percent(item.reading.probabilities[second])}"
                    if trusted
                    else "",
                    _("Unusual"): quality.in_short(item.reading),
                    _("Label in the file"): item.found.label if item.found else "",
                }
            )
    label = _("Label in the file")
    columns = [_("File"), _("Likeliest"), _("Probability"), _("Verdict"), _("Next class"), _("Unusual")]
    return pd.DataFrame(rows, columns=[*columns, *([label] if any(row[label] for row in rows) else [])])


def unreadable(items: Sequence[Item]) -> pd.DataFrame:
    """One row a file that could not be read, and why."""
    return pd.DataFrame(
        [{_("File"): item.name, _("Why"): item.reason} for item in items if item.reason], columns=[_("File"), _("Why")]
    )


def csv(items: Sequence[Item], space: LabelSpace) -> str:
    """All that is known of every file, one row a cell, as CSV; files that could not be read have an error."""
    rows = [_row(cell, space) for item in items for cell in _cells(item)]
    return pd.DataFrame(rows, columns=_columns(space)).to_csv(index=False)


def _cells(item: Item) -> list[Item]:
    """The item for each cell that was read in its photo; the chosen one as it is, since a person may have framed it."""
    if item.found is None or item.reading is None:
        return [item]
    readings = item.found.readings
    return [item if each.cell == item.cell else replace(item, reading=each) for each in readings]


def _columns(space: LabelSpace) -> list[str]:
    box = ["box_left", "box_top", "box_right", "box_bottom", "framed"]
    probabilities = [f"p_{key}" for key in space.keys]
    return [
        "file",
        "cell",
        *box,
        "class",
        *probabilities,
        "distance",
        "verdict",
        "remarks",
        "checkpoint",
        "sha256",
        "error",
    ]


def _row(item: Item, space: LabelSpace) -> dict[str, object]:
    reading = item.reading
    if reading is None:
        return {"file": item.name, "error": item.reason}
    box = dict(zip(("left", "top", "right", "bottom"), reading.box.as_tuple(), strict=True))
    return {
        "file": item.name,
        "cell": reading.cell,
        **{f"box_{side}": round(value, 2) for side, value in box.items()},
        "framed": reading.framed,
        "class": reading.label,
        **{f"p_{key}": round(reading.probabilities[key], 6) for key in space.keys},
        "distance": round(reading.distance, 4),
        "verdict": reading.verdict,
        "remarks": " ".join([*_opened(item), *_apart(item), *_about_photo(reading)]),
        "checkpoint": reading.checkpoint,
        "sha256": reading.sha256,
    }


def _opened(item: Item) -> list[str]:
    found = item.found
    return opening_remarks(found.changes, found.colours, found.label) if found else []


def _apart(item: Item) -> tuple[str, ...]:
    """What sets a cell of a field apart from the others."""
    if item.found is None or item.found.field.single_cell:
        return ()
    return detection_sentences(item.found.field.cells[item.cell - 1])


def _about_photo(reading: "Reading") -> list[str]:
    return [quality_sentence(remark) for remark in reading.quality.remarks] if reading.quality else []
