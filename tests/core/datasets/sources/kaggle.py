"""Kaggle's dataset2-master with the map of photos."""

from pathlib import Path

import pandas as pd

from core.labels import LABEL_SPACES
from tests.core.datasets.blobs import save

KAGGLE4 = LABEL_SPACES["kaggle4"].keys


def build(root: Path) -> None:
    rows = []
    for number, cell in enumerate(KAGGLE4):
        for part, photos in (("TRAIN", 6), ("TEST", 2)):
            for photo in range(photos):
                for copy in range(2):
                    file = f"{part}/{cell.upper()}/_{photo}_{copy}.jpeg"
                    save(root / file, number * 100 + photo * 10 + copy, 40, 30)
                    rows.append((file.replace(".jpeg", ".webp"), f"{number}{part}{photo}"))
    pd.DataFrame(rows, columns=["file", "field_group"]).to_csv(root / "image_source_map.csv", index=False)
