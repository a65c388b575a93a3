"""A counted smear as plain data: JSON for programs, CSV for spreadsheets (`corrections` reads it back)."""

import csv
import io
import json
import math
from typing import Any

import core
from core.differential import wording
from core.differential.columns import interval_data, row_data
from core.differential.counts import Differential
from core.differential.gate import Gate
from core.differential.limits import outward
from core.differential.parting import TypeRow
from core.differential.reference_intervals import references
from core.differential.smear import CountedCell, CountedPhoto, Smear
from core.imaging.wording import detector_name
from core.reports.composition import named
from core.reports.corrections import EDGES

SCHEMA = "smearlens-count-1"


def as_dict(smear: Smear, count: Differential, *, names: bool = False) -> dict[str, Any]:
    """All that was counted, without pictures. names: whether with the names of files."""
    return {
        "schema": SCHEMA,
        "smearlens": core.__version__,
        "intended_use": wording.INTENDED_USE,
        "identifier": smear.identifier,
        "made": smear.made.isoformat(timespec="seconds"),
        "by": smear.by or None,
        "models": [vars(model) for model in smear.models],
        "differential": _differential(smear, count),
        "sentences": sentences(smear, count),
        "photos": [_photo(photo, names=names) for photo in smear.photos],
        "overlaps": [{"photos": [both.first, both.second], "shared": round(both.shared, 3)} for both in smear.overlaps],
        "cells": [_cell(cell) for cell in smear.cells],
        "not_read": [
            ({"file": lost.name} if names else {}) | {"reason": named(lost, number, names=names)}
            for number, lost in enumerate(smear.not_read, 1)
        ],
        "corrections_not_applied": [vars(lost) for lost in smear.not_applied],
        "sources": list(references().sources) if count.gate.shows("open") else [],
    }


def sentences(smear: Smear, count: Differential) -> list[str]:
    """What is wrong, and then what the figures say, in words."""
    return [*wording.wrong_first(smear, count), *wording.findings(smear, count)]


def as_json(smear: Smear, count: Differential, *, names: bool = False) -> str:
    """The same as a file."""
    return json.dumps(as_dict(smear, count, names=names), ensure_ascii=False, indent=1) + "\n"


def _differential(smear: Smear, count: Differential) -> dict[str, Any]:
    platelets = count.platelets
    return {
        "white_cells": count.white,
        "gate": gate_data(count.gate),
        "classes": [row_data(row, count) for row in count.rows],
        "specimen": smear.types.specimen,
        "types": _types(smear),
        "parts": [_part(row) for row in count.parts],
        "ratios": [vars(ratio) | {"figure": interval_data(ratio.figure)} for ratio in count.ratios],
        "more_cells": count.more,
        "erythroblasts": count.erythroblasts,
        "erythroblasts_per_100_white": interval_data(count.per_100_white),
        "platelets": None
        if platelets is None
        else {
            "platelets": platelets.platelets,
            "red_cells": platelets.red,
            "per_1000_red": interval_data(platelets.per_1000_red),
            "billions_a_litre": interval_data(platelets.count),
            "red_cells_a_litre_given": platelets.measured,
            "flag": count.platelets_flag,
        },
        "apart": vars(count.apart),
        "confusion_cells": smear.confusion.n if smear.confusion else None,
    }


def _types(smear: Smear) -> dict[str, Any]:
    """What was counted with."""
    types = [
        {
            "type": one.key,
            "name": one.cell.name,
            "abbreviation": one.cell.abbreviation,
            "shortcut": one.shortcut,
            "parent": one.parent or None,
            "among": None if one.parent else one.among,
        }
        for one in smear.types
    ]
    return {"set": smear.types.name, "title": smear.types.title, "types": types}


def _part(row: TypeRow) -> dict[str, Any]:
    """A type within its class; what is left of the class has its type null."""
    return {
        "class": row.parent,
        "type": None if row.key == row.parent else row.key,
        "cells": row.cells,
        "rumke": list(outward(row.share)) if row.share else None,
    }


def gate_data(gate: Gate) -> dict[str, Any]:
    """What a count gives, why no more, and each precondition."""
    return {
        "level": gate.level,
        "reasons": list(gate.reasons),
        "preconditions": [vars(condition) for condition in gate.preconditions],
    }


def _photo(photo: CountedPhoto, *, names: bool) -> dict[str, Any]:
    field = photo.field
    return ({"file": photo.name} if names else {}) | {
        "photo": photo.number,
        "fingerprint": photo.fingerprint,
        "width": field.width,
        "height": field.height,
        "single_cell": field.single_cell,
        "scale": round(field.scale, 4) if field.scale else None,
        "micrometres_per_pixel": field.micrometres_per_pixel,
        "found_by": detector_name(field.detector),
        "white": field.count("white"),
        "red": field.count("red"),
        "platelets": field.count("platelet"),
        "platelet_clumps": photo.clumps,
        "remarks": wording.photo_remarks(photo),
    }


def _cell(cell: CountedCell) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "photo": cell.photo,
        "cell": cell.number,
        "kind": cell.detection.kind,
        "box": [round(edge, 1) for edge in cell.detection.box.as_tuple()],
        "score": round(cell.detection.score, 4),
        "cut": cell.detection.cut,
        "note": cell.detection.note,
        "counted_as": cell.counted_as,
        "type": cell.type,
    }
    if cell.probabilities is not None:
        facts |= {
            "class": cell.label,
            "probabilities": {key: round(share, 5) for key, share in cell.probabilities.as_dict().items()},
            "distance": round(cell.distance, 4) if math.isfinite(cell.distance) else None,
            "verdict": cell.verdict,
        }
    facts |= {"corrected": cell.named} if cell.named is not None else {}
    facts |= {"repeats": dict(zip(("photo", "cell"), cell.repeats, strict=True))} if cell.repeats else {}
    return facts | ({"added": True} if cell.added else {})


# --- Spreadsheets --------------------------------------------------------------------------------

_COLUMNS = (
    "photo",
    "cell",
    "kind",
    "class",
    "probability",
    "verdict",
    "corrected",
    "counted_as",
    "type",
    "added",
    "repeats",
    "cut",
    "note",
)


def as_csv(smear: Smear, *, names: bool = False) -> str:
    """One row a cell that was read or that a person named; the column `corrected` is there to be filled in.

    Fingerprint and edges say of which photo and place it is, when the table is handed back.
    Red cells and platelets of fields are counted on the row of their photo in the JSON, and are no rows here.
    """
    keys = smear.space.keys
    file = io.StringIO()
    table = csv.writer(file, lineterminator="\n")
    table.writerow([*(("file",) if names else ()), *_COLUMNS, *EDGES, "fingerprint", *(f"p_{key}" for key in keys)])
    by_number = {photo.number: photo for photo in smear.photos}
    lost = {each.place: each.called for each in smear.not_applied if each.place}
    for cell in smear.cells:
        if cell.detection.kind == "white" or cell.corrected is not None:
            photo = by_number[cell.photo]
            first = [_harmless(photo.name)] if names else []
            shares = [f"{cell.probabilities[key]:.5f}" if cell.probabilities else "" for key in keys]
            called = cell.named or _harmless(lost.get((cell.photo, cell.number), ""))
            table.writerow([*first, *_values(cell, called), photo.fingerprint, *shares])
    return file.getvalue()


def _values(cell: CountedCell, called: str) -> list[Any]:
    """called: by a person, also where that is of a set of types which was not chosen."""
    confidence = cell.probabilities.confidence if cell.probabilities else None
    return [
        cell.photo,
        cell.number,
        cell.detection.kind,
        cell.label or "",
        "" if confidence is None else f"{confidence:.5f}",
        cell.verdict or "",
        called,
        cell.counted_as or "",
        cell.type or "",
        "yes" if cell.added else "",
        "cell {}.{}".format(*cell.repeats) if cell.repeats else "",
        "yes" if cell.detection.cut else "",
        cell.detection.note or "",
        *(f"{edge:.1f}" for edge in cell.detection.box.as_tuple()),
    ]


def _harmless(text: str) -> str:
    """A name that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
