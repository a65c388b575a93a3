"""BCCD in its VOC layout."""

from pathlib import Path

import pandas as pd

from core.labels import LABEL_SPACES
from tests.core.datasets.blobs import save

WBC5 = LABEL_SPACES["wbc5"].keys


def build(root: Path) -> None:
    (root / "Annotations").mkdir()
    for number in range(10):
        save(root / f"JPEGImages/BloodImage_{number:05d}.jpg", number, 96, 72)
        (root / f"Annotations/BloodImage_{number:05d}.xml").write_text(voc_boxes(number))
    (root / "ImageSets" / "Main").mkdir(parents=True)
    for split, numbers in (("train", (0, 1, 2, 4)), ("val", (5,)), ("test", (6, 7))):
        lines = "".join(f"BloodImage_{number:05d}\n" for number in numbers)
        (root / "ImageSets" / "Main" / f"{split}.txt").write_text(lines)
    labels = [
        "NEUTROPHIL",
        "EOSINOPHIL",
        "NEUTROPHIL, EOSINOPHIL",
        None,
        *(key.upper() for key in WBC5),
        None,
    ]
    pd.DataFrame({"Image": range(10), "Category": labels}).to_csv(root / "labels.csv")


def voc_boxes(number: int) -> str:
    """One white cell of 20 x 30 at (30, 20), a red cell, and a box without an area, as BCCD has two."""
    marked = (("WBC", 30, 20, 50, 50), ("RBC", 1, 2, 20, 22), ("RBC", 7, 7, 7, 7))
    items = "".join(
        f"<object><name>{name}</name><bndbox><xmin>{a}</xmin><ymin>{b}</ymin><xmax>{c}</xmax><ymax>{d}</ymax>"
        "</bndbox></object>"
        for name, a, b, c, d in (marked if number else marked[1:])
    )
    return f"<annotation>{items}</annotation>"
