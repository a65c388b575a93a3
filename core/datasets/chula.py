"""Chula: white cells from dim video frames of one laboratory, five classes."""

from pathlib import Path

import pandas as pd

from core.datasets.registry import SourceSpec, register
from core.datasets.splits import by_group, by_majority

LAB = "Chulalongkorn University"
OFFICIAL = {"train": "train", "valid": "test"}


def recognise(folder: Path) -> bool:
    """cells.csv beside a folder of crops."""
    return (folder / "cells.csv").is_file() and (folder / "crops").is_dir()


def scan(root: Path) -> pd.DataFrame:
    """The index; group is the slide or video: its frames are near copies, and many hold one class only."""
    cells = pd.read_csv(root / "cells.csv", dtype=str)
    table = pd.DataFrame({"key": "crops/" + cells["split"] + "/" + cells["crop"], "label": cells["label"]})
    table["group"] = cells["slide_or_video"]
    table = table.assign(subtype="", lab=LAB, split=_splits(cells))
    table.attrs["splits"] = (
        "The source's train and valid parts share videos, so each video went whole to where most of it was "
        "(valid is test here), and validation was dealt from train by video."
    )
    return table


def _splits(cells: pd.DataFrame) -> list[str]:
    mended = by_majority(cells["slide_or_video"], cells["split"].map(OFFICIAL))
    train = cells[[split == "train" for split in mended]]
    dealt = by_group(train["slide_or_video"], train["label"], {"train": 0.85, "val": 0.15})
    for place, split in zip(train.index, dealt, strict=True):
        mended[place] = split
    return mended


register(
    SourceSpec(
        name="chula",
        title="Chula WBC (Bangkok, 5 classes)",
        label_space="wbc5",
        labs=(LAB,),
        licence="MIT",
        citation="WBC_Dataset, Chulalongkorn University, github.com/singgihbekti/WBC_Dataset.",
        how_to_get=(
            "Get github.com/singgihbekti/WBC_Dataset, cut its boxes to crops of 192 x 192 listed in a "
            "cells.csv (columns split, crop, label, slide_or_video) and put that into a folder of "
            "SMEARLENS_DATA."
        ),
        recognise=recognise,
        scan=scan,
    )
)
