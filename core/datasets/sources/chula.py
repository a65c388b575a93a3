"""Chula: white cells from dim video frames of one laboratory, five classes."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from core.datasets.boxes import FIELD_SOURCES, FieldSource, MarkedField, yolo_boxes
from core.datasets.laboratories import LABORATORIES, Laboratory, framed_cell
from core.datasets.registry import SOURCES, Source, SourceSpec, load_file
from core.datasets.splits import by_group, by_majority
from core.imaging.fields import Kind
from core.imaging.windows import Box

LAB = "Chulalongkorn University"
LICENCE = "MIT"
CITATION = "WBC_Dataset, Chulalongkorn University, github.com/singgihbekti/WBC_Dataset."
OFFICIAL = {"train": "train", "valid": "test"}
CLASSES = ("neutrophil", "eosinophil", "basophil", "lymphocyte", "monocyte")
"""Of the numbers 0 to 4 in its label files."""
VIDEO_FRAME = (1440, 900)
"""Width and height in pixels of the video frames, of which boxes are shares and crops are cut unscaled."""

RED_CELLS = 1 / 16
"""Diameter of red cells over the width of a video frame, measured on a few frames: no red cell is marked."""


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


def frames(source: Source, keys: Sequence[str]) -> dict[str, Box]:
    """A square in the middle of each crop, where the cell's box was."""
    return {key: framed_cell(box) for key, box in boxes(source, keys).items()}


def boxes(source: Source, keys: Sequence[str]) -> dict[str, Box]:
    """The cell's box in the middle of each crop, of the size that cells.csv tells."""
    cells = pd.read_csv(source.root / "cells.csv", dtype={"crop": str, "split": str})
    names = "crops/" + cells["split"] + "/" + cells["crop"]
    sizes = dict(zip(names, zip(cells["width"], cells["height"], strict=True), strict=True))
    found = {}
    for key in keys:
        height, width = source.load(key).shape[:2]
        wide, high = sizes[key][0] * VIDEO_FRAME[0], sizes[key][1] * VIDEO_FRAME[1]
        left, top = (width - wide) / 2, (height - high) / 2
        found[key] = Box(left, top, left + wide, top + high)
    return found


def fields(root: Path) -> list[MarkedField]:
    """The whole fields, of which only white cells are marked; each lies in the split of its video's crops.

    A field of a video without crops is for testing. Some white cells have no box.
    """
    crops = scan(root)
    splits = dict(zip(crops["group"], crops["split"], strict=True))
    files = {
        file: root / "labels" / file.parent.name / f"{file.stem}.txt" for file in (root / "fields").glob("*/*.jpg")
    }
    return [
        _field(root, file, labels, splits.get(file.stem.rpartition("_")[0], "test"))
        for file, labels in sorted(files.items())
        if labels.is_file()
    ]


def _field(root: Path, file: Path, labels: Path, split: str) -> MarkedField:
    key = file.relative_to(root).as_posix()
    height, width = load_file(root, key).shape[:2]
    marked = yolo_boxes(labels, width, height)
    cells: tuple[tuple[Kind, Box], ...] = tuple(("white", box) for _, box in marked)
    types = tuple(CLASSES[number] for number, _ in marked)
    return MarkedField(
        "chula",
        LAB,
        key,
        split,
        "",
        root,
        cells,
        frozenset[Kind](("white",)),
        types,
        complete=False,
        red_diameter=RED_CELLS * width,
    )


SOURCES.add(
    SourceSpec(
        name="chula",
        order=8,
        title="Chula WBC (Bangkok, 5 classes)",
        short_title="Chula WBC",
        label_space="wbc5",
        labs=(LAB,),
        licence=LICENCE,
        citation=CITATION,
        how_to_get=(
            "Get github.com/singgihbekti/WBC_Dataset, cut its boxes to crops of 192 x 192 listed in a "
            "cells.csv (columns split, crop, label, slide_or_video) and put that into a folder of "
            "SMEARLENS_DATA."
        ),
        recognise=recognise,
        scan=scan,
    )
)
LABORATORIES.add(Laboratory("chula", order=2, frames=frames, boxes=boxes))
FIELD_SOURCES.add(FieldSource("chula", order=2, licence=LICENCE, citation=CITATION, read=fields))
