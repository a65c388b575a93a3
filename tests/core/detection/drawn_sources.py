"""Folders laid out as the sources of marked fields are, filled with drawings."""

from pathlib import Path

import pandas as pd
from PIL import Image

from core.imaging.fields import KINDS
from core.synthetic.drawings import drawn_field
from tests.core.detection.conftest import kind_of

SPLITS = ("train", "train", "train", "val", "val", "test", "test")
SIZE = (240, 320)


def as_txl(root: Path) -> Path:
    """Seven drawn fields as TXL-PBC has them, the odd ones from Raabin."""
    rows = []
    for seed, split in enumerate(SPLITS):
        drawn = drawn_field(seed, SIZE, cells=1)
        name = f"field{seed}"
        for folder in ("images", "labels"):
            (root / folder / split).mkdir(parents=True, exist_ok=True)
        Image.fromarray(drawn.pixels).save(root / "images" / split / f"{name}.png")
        numbers = {"white": 0, "red": 1, "platelet": 2}
        lines = [
            f"{numbers[kind_of(cell.label)]} {cell.box.centre[0] / SIZE[1]:.6f} {cell.box.centre[1] / SIZE[0]:.6f} "
            f"{cell.box.width / SIZE[1]:.6f} {cell.box.height / SIZE[0]:.6f}"
            for cell in drawn.cells
        ]
        (root / "labels" / split / f"{name}.txt").write_text("\n".join(lines) + "\n")
        origin = "Raabin-WBC" if seed % 2 else "PBC-Barcelona"
        rows.append({"split": split, "file": f"{name}.png", "width": SIZE[1], "height": SIZE[0], "source": origin})
    pd.DataFrame(rows).to_csv(root / "sources.csv", index=False)
    return root


def as_bccd(root: Path, photos: list[tuple[str, str, float | None, dict[str, int]]]) -> Path:
    """Photos of (name, published split, field group or None, boxes of each kind) as BCCD has them; plain grey."""
    for folder in ("JPEGImages", "Annotations"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    names = dict(zip(KINDS, ("WBC", "RBC", "Platelets"), strict=True))
    rows = []
    for name, split, group, counts in photos:
        Image.new("RGB", (64, 48), "grey").save(root / "JPEGImages" / f"{name}.jpg")
        objects = "".join(
            f"<object><name>{names[kind]}</name><bndbox><xmin>{5 * i}</xmin><ymin>1</ymin>"
            f"<xmax>{5 * i + 4}</xmax><ymax>9</ymax></bndbox></object>"
            for kind, count in counts.items()
            for i in range(count)
        )
        (root / "Annotations" / f"{name}.xml").write_text(f"<annotation>{objects}</annotation>")
        rows.append({"photo": f"{name}.jpg", "voc_split": split, "field_group": group})
    pd.DataFrame(rows).to_csv(root / "photos.csv", index=False)
    return root
