"""TXL-PBC: photos of one white cell and its surroundings, with boxes, from PBC and from Raabin's hospitals."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from core.imaging.fields import Kind
from core.imaging.windows import Box

LABS = {"PBC-Barcelona": "Hospital Clínic Barcelona", "Raabin-WBC": "Tehran (three hospitals)"}
PBC = "PBC-Barcelona"
CLASSES: tuple[Kind, ...] = ("white", "red", "platelet")
"""Of the numbers 0, 1 and 2 in its label files."""
COLUMNS = ["split", "file", "source", "width", "height"]


@dataclass(frozen=True)
class TxlPhoto:
    """One photo: where it lies, whence it is, and its boxes in pixels."""

    key: str
    split: str
    origin: str
    cells: tuple[tuple[Kind, Box], ...]

    @property
    def lab(self) -> str:
        return LABS.get(self.origin, self.origin)


def photos(root: Path) -> list[TxlPhoto]:
    """Every photo of sources.csv. OSError, KeyError or ValueError where a table or a label file is damaged."""
    table = pd.read_csv(root / "sources.csv")
    return [
        TxlPhoto(f"images/{split}/{file}", split, origin, _cells(root, split, file, width, height))
        for split, file, origin, width, height in table[COLUMNS].itertuples(index=False, name=None)
    ]


def _cells(root: Path, split: str, file: str, width: int, height: int) -> tuple[tuple[Kind, Box], ...]:
    labels = root / "labels" / split / f"{Path(file).stem}.txt"
    return tuple((CLASSES[number], box) for number, box in yolo_boxes(labels, width, height))


def yolo_boxes(file: Path, width: int, height: int) -> list[tuple[int, Box]]:
    """(class number, box in pixels) of a label file whose lines are class, centre and size as shares of the photo.

    Boxes are clipped to the photo; one without an area is left out.
    """
    found = []
    for line in file.read_text().splitlines():
        if not line.strip():
            continue
        number, *shares = line.split()
        x, y, wide, high = (float(share) for share in shares)
        left, right = max(0.0, (x - wide / 2) * width), min(float(width), (x + wide / 2) * width)
        top, bottom = max(0.0, (y - high / 2) * height), min(float(height), (y + high / 2) * height)
        if right > left and bottom > top:
            found.append((int(number), Box(left, top, right, bottom)))
    return found
