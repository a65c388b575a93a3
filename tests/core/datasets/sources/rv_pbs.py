"""RV-PBS's crops of ten types and two fields, each beside its table; on five days."""

from pathlib import Path

import pandas as pd

from tests.core.datasets.blobs import save

DAYS = ("2021-03-30", "2021-03-31", "2021-04-06", "2021-04-16", "2021-05-01")
TYPES = {
    "band": "neutrophil",
    "neutrophil": "neutrophil",
    "eosinophil": "eosinophil",
    "basophil": "basophil",
    "lymphocyte": "lymphocyte",
    "monocyte": "monocyte",
    "promyelocyte": "ig",
    "myelocyte": "ig",
    "metamyelocyte": "ig",
    "blast": "other",
}


def build(root: Path) -> None:
    rows = []
    for seed, (kind, cell) in enumerate((kind, cell) for kind in TYPES.items() for cell in range(len(DAYS))):
        file, (subtype, label) = f"crops/{kind[1]}/{seed}.webp", kind
        save(root / file, seed, 80, 80)
        rows.append((file, label, subtype, DAYS[cell], f"IMG_{cell}.jpg", 0.5, 0.4, 0.4, 0.5))
    names = ["file", "class", "subtype", "day", "photo", "box_x", "box_y", "box_width", "box_height"]
    pd.DataFrame(rows, columns=names).to_csv(root / "labels.csv", index=False)
    boxes = []
    for number in range(2):
        save(root / f"fields/IMG_{number}.jpg", number, 200, 160)
        boxes += [(f"fields/IMG_{number}.jpg", kind, DAYS[number], 0.3, 0.5, 0.2, 0.25) for kind in ("blast", "band")]
    names = ["file", "subtype", "day", "x_centre", "y_centre", "width", "height"]
    pd.DataFrame(boxes, columns=names).to_csv(root / "fields.csv", index=False)
