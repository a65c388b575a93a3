"""Chula's crops beside cells.csv."""

from pathlib import Path

import pandas as pd

from core.labels import LABEL_SPACES
from tests.core.datasets.blobs import save

WBC5 = LABEL_SPACES["wbc5"].keys


def build(root: Path) -> None:
    rows = []
    for number in range(20):
        video, part = f"V-{number // 4}", "valid" if number % 4 == 0 or number > 13 else "train"
        cell = WBC5[number // 4]
        crop = f"{video}_{number}_{cell}.jpg"
        save(root / "crops" / part / crop, number, 192, 192)
        rows.append((part, crop, cell, video, 0.1, 0.1))
    table = pd.DataFrame(rows, columns=["split", "crop", "label", "slide_or_video", "width", "height"])
    table.to_csv(root / "cells.csv", index=False)
