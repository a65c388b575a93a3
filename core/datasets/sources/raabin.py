"""Raabin-WBC: single white cells from three hospitals, photographed by phones on two microscopes, five classes."""

from pathlib import Path

import pandas as pd

from core.datasets.laboratories import LABORATORIES, Laboratory
from core.datasets.registry import SOURCES, Row, SourceSpec
from core.imaging.windows import Box, square

LAB = "Tehran (three hospitals)"
"""As TXL-PBC calls the pictures that it took from here: what is left out of one is left out of the other."""

CLASSES = ("basophil", "eosinophil", "lymphocyte", "monocyte", "neutrophil")
WINDOW_SHARE = 0.686
"""Side of the frame over the picture's: 1.5 times the median of the longer sides of the 85 white cells that TXL-PBC
boxed in 80 of these pictures (263 of 575 px)."""


def recognise(folder: Path) -> bool:
    """Five class folders beside a labels.csv that names slides."""
    table = folder / "labels.csv"
    if not (table.is_file() and all((folder / name).is_dir() for name in CLASSES)):
        return False
    with table.open(encoding="utf-8") as lines:
        return "slide" in lines.readline().strip().split(",")


def scan(root: Path) -> pd.DataFrame:
    """The index; group is the slide.

    All basophils are from slides of other days on yellow-grey ground, a look that no other class here has: what reads
    them well may have learned the ground. Basophils of other laboratories tell.
    """
    table = pd.read_csv(root / "labels.csv", dtype=str)
    table = table.rename(columns={"file": "key", "class": "label", "slide": "group"})
    table = table.assign(subtype="", lab=LAB)
    table.attrs["splits"] = "Splits are those of the folder's labels.csv, by slide: no slide lies in two."
    return table


def frame(row: Row, width: int, height: int) -> Box:
    """A square in the middle, where the cell is, as large as most cells need."""
    return square(width / 2, height / 2, WINDOW_SHARE * min(width, height))


SOURCES.add(
    SourceSpec(
        name="raabin",
        order=9,
        title="Raabin-WBC (Tehran, 5 classes; its basophils alone are on yellow ground)",
        short_title="Raabin",
        label_space="wbc5",
        labs=(LAB,),
        licence="free access, as its authors say; the terms were not read",
        citation=(
            "Kouzehkanan et al., A large dataset of white blood cells containing cell locations and types, along with "
            "segmented nuclei and cytoplasm, Scientific Reports 12, 1123 (2022)."
        ),
        how_to_get=(
            "Get the crops of Raabin-WBC from raabindata.com into class folders beside a labels.csv (columns file, "
            "class, split, slide) in a folder of SMEARLENS_DATA."
        ),
        recognise=recognise,
        scan=scan,
        frame=frame,
    )
)
LABORATORIES.add(Laboratory("raabin", order=4))
