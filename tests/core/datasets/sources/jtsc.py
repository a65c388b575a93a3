"""JTSC with its masks."""

from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from tests.core.datasets.blobs import save

CELL = (30, 20, 90, 70)
"""Left, top, right and bottom of the cell in every mask."""


def build(root: Path) -> None:
    mask = np.zeros((120, 120), np.uint8)
    left, top, right, bottom = CELL
    mask[top:bottom, left:right] = 128
    (root / "masks").mkdir()
    for number in range(1, 11):
        save(root / f"images/{number:03d}.png", number, 120, 120)
        Image.fromarray(mask).save(root / f"masks/{number:03d}.png")
    codes = [1, 1, 1, 1, 2, 2, 3, 3, 4, 5]
    table = pd.DataFrame({"image ID": range(1, 11), "class label": codes})
    table.to_csv(root / "class_labels.csv", index=False)
