"""Raabin's class folders beside a labels.csv with slides."""

from pathlib import Path

import pandas as pd

from core.labels import LABEL_SPACES
from tests.core.datasets.blobs import save

WBC5 = LABEL_SPACES["wbc5"].keys
SPLITS = ("train", "train", "val", "test")


def build(root: Path) -> None:
    rows = []
    for seed, (cell, place) in enumerate((cell, place) for cell in WBC5 for place in range(4)):
        file = f"{cell}/slide{place}_{seed}.webp"
        save(root / file, seed, 72, 72)
        rows.append((file, cell, SPLITS[place], f"slide{place}"))
    pd.DataFrame(rows, columns=["file", "class", "split", "slide"]).to_csv(root / "labels.csv", index=False)
