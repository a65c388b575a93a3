"""PBC, eight classes beside a labels.csv."""

from pathlib import Path

import pandas as pd

from core.labels import LABEL_SPACES
from tests.core.datasets.blobs import save

PBC8 = LABEL_SPACES["pbc8"].keys
SPLITS = ("train", "val", "test")
PREFIXES = dict(zip(PBC8, ("BA", "EO", "ERB", "MMY", "LY", "MO", "SNE", "PLATELET"), strict=True))


def build(root: Path) -> None:
    rows = []
    for seed, (cell, place) in enumerate((cell, place) for cell in PBC8 for place in range(3)):
        file = f"{cell}/{PREFIXES[cell]}_{seed}.jpg"
        save(root / file, seed, 204, 206)
        rows.append((file, cell, PREFIXES[cell], SPLITS[place], 360, 363, 80, 80))
    names = ["file", "class", "subtype", "split", "source_width", "source_height", "crop_x", "crop_y"]
    pd.DataFrame(rows, columns=names).to_csv(root / "labels.csv", index=False)
