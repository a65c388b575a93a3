"""JTSC: 300 single white cells under a stain of their own, on yellow ground."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from core.datasets.laboratories import LABORATORIES, Laboratory, framed_cell
from core.datasets.registry import SOURCES, Source, SourceSpec, load_file
from core.datasets.splits import by_group
from core.imaging.windows import Box

LAB = "Jiangxi Tecom"
CODES = {1: "neutrophil", 2: "lymphocyte", 3: "monocyte", 4: "eosinophil", 5: "basophil"}
SAME_CELL = (
    *((112, 139), (157, 158), (166, 171), (167, 169), (19, 75), (21, 82), (26, 89)),
    *((30, 86), (51, 73), (54, 91), (56, 92), (60, 90), (70, 72), (71, 84)),
)
"""Images that show one cell twice, found by the audit (docs/audit.md) and looked at; there may be more."""


def recognise(folder: Path) -> bool:
    """class_labels.csv beside images and their masks."""
    return (folder / "class_labels.csv").is_file() and (folder / "images" / "001.png").is_file()


def scan(root: Path) -> pd.DataFrame:
    """The index; group names the images that show one cell.

    Images are 120 x 120 with the cell at about two thirds of the side, as in PBC's window.
    """
    codes = pd.read_csv(root / "class_labels.csv").set_index("image ID")["class label"]
    table = pd.DataFrame({"key": [f"images/{number:03d}.png" for number in codes.index]}, dtype=str)
    table["label"] = [CODES[code] for code in codes]
    first = {number: f"cell {pair[0]:03d}" for pair in SAME_CELL for number in pair}
    table["group"] = [first.get(number, "") for number in codes.index]
    table["split"] = by_group(table["group"].where(table["group"] != "", table["key"]), table["label"])
    table = table.assign(subtype="", lab=LAB)
    table.attrs["splits"] = (
        "The source has no splits; images were dealt 70/10/20 within each class by a hash of their names, "
        "the two images of one cell together."
    )
    return table


def mask(root: Path, key: str) -> np.ndarray:
    """(H, W) uint8: 0 outside the cell, brighter in its cytoplasm, brightest in its nucleus, as people drew it."""
    return load_file(root, key.replace("images/", "masks/"))[..., 0]


def frames(source: Source, keys: Sequence[str]) -> dict[str, Box]:
    """A square around nucleus and cytoplasm of each mask."""
    return {key: framed_cell(box) for key, box in boxes(source, keys).items()}


def boxes(source: Source, keys: Sequence[str]) -> dict[str, Box]:
    """Nucleus and cytoplasm of each mask."""
    return {key: _extent(mask(source.root, key) > 0) for key in keys}


def _extent(inside: np.ndarray) -> Box:
    """The box of what is true in (H, W)."""
    down, across = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    return Box(across[0], down[0], across[-1] + 1, down[-1] + 1)


SOURCES.add(
    SourceSpec(
        name="jtsc",
        order=7,
        title="JTSC (Jiangxi Tecom, 5 classes)",
        short_title="JTSC",
        label_space="wbc5",
        labs=(LAB,),
        licence="GPL-3.0 file in the repository; images of third parties",
        citation=(
            "Zheng et al., Fast and robust segmentation of white blood cell images by self-supervised "
            "learning, Micron 107, 55-71 (2018); first set of github.com/zxaoyou/segmentation_WBC."
        ),
        how_to_get=(
            "Get the first set of github.com/zxaoyou/segmentation_WBC as images/001.png ... with its "
            "class_labels.csv into a folder of SMEARLENS_DATA."
        ),
        recognise=recognise,
        scan=scan,
        mask=mask,
    )
)
LABORATORIES.add(Laboratory("jtsc", order=1, frames=frames, boxes=boxes))
