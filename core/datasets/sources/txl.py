"""TXL-PBC: photos of one white cell and its surroundings, with boxes, from PBC and from Raabin's hospitals."""

from pathlib import Path

import pandas as pd

from core.datasets.boxes import FIELD_SOURCES, FieldSource, MarkedField, yolo_boxes
from core.imaging.fields import Kind
from core.imaging.windows import Box

LABS = {"PBC-Barcelona": "Hospital Clínic Barcelona", "Raabin-WBC": "Tehran (three hospitals)"}
PBC = "PBC-Barcelona"
CLASSES: tuple[Kind, ...] = ("white", "red", "platelet")
"""Of the numbers 0, 1 and 2 in its label files."""
COLUMNS = ["split", "file", "source", "width", "height"]
SUBTYPE = "wbc_subtype_from_pbc"


def fields(root: Path) -> list[MarkedField]:
    """Every photo of sources.csv with the set's own splits, which are by file; labs are PBC's and Raabin's."""
    table = pd.read_csv(root / "sources.csv", keep_default_na=False)
    if SUBTYPE not in table:
        table[SUBTYPE] = ""
    return [_field(root, row) for row in table[[*COLUMNS, SUBTYPE]].itertuples(index=False, name=None)]


def _field(root: Path, row: tuple[str, str, str, int, int, str]) -> MarkedField:
    split, file, origin, width, height, subtype = row
    cells = _cells(root / "labels" / split / f"{Path(file).stem}.txt", width, height)
    # Only where a photo has one white cell is it known which one the photo's subtype means.
    alone = sum(kind == "white" for kind, _ in cells) == 1
    return MarkedField(
        source="txl-pbc",
        lab=LABS.get(origin, origin),
        key=f"images/{split}/{file}",
        split=split,
        published=split,
        root=root,
        cells=cells,
        types=tuple(subtype if alone and kind == "white" else "" for kind, _ in cells),
    )


def _cells(labels: Path, width: int, height: int) -> tuple[tuple[Kind, Box], ...]:
    return tuple((CLASSES[number], box) for number, box in yolo_boxes(labels, width, height))


FIELD_SOURCES.add(
    FieldSource(
        name="txl-pbc",
        order=1,
        licence="MIT (the set's repository); PBC's photos CC BY 4.0",
        citation="TXL-PBC, github.com/lugan113/TXL-PBC_Dataset, from PBC (Acevedo et al. 2020) and Raabin-WBC.",
        read=fields,
    )
)
