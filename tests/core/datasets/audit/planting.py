"""A small data set in PBC's layout into which faults are planted."""

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from PIL import Image

from core.datasets.sources.pbc import CLASSES
from core.synthetic.drawings import drawn_cell

COLUMNS = ["file", "class", "subtype", "split", "source_width", "source_height", "crop_x", "crop_y"]


@dataclass
class Plant:
    """A folder and the rows of its labels.csv; `write` writes them. Images that are added are saved without loss,
    or with the bytes of the file that they came from.
    """

    root: Path
    rows: list[dict[str, Any]] = field(default_factory=list)
    added: int = 0

    def image(self, row: dict[str, Any]) -> Image.Image:
        return Image.open(io.BytesIO((self.root / row["file"]).read_bytes())).convert("RGB")

    def add(self, row: dict[str, Any], image: Image.Image, label: str = "", split: str = "") -> str:
        """A further image of the kind of a row; its file."""
        label = label or row["class"]
        self.added += 1
        file = f"{label}/PLANTED_{self.added}.png"
        image.save(self.root / file)
        self.rows.append({**row, "file": file, "class": label, "split": split or row["split"]})
        return file

    def replace(self, row: dict[str, Any], image: Image.Image) -> None:
        image.save(self.root / row["file"], quality=95)

    def write(self) -> None:
        pd.DataFrame(self.rows)[COLUMNS].to_csv(self.root / "labels.csv", index=False)


def plant_drawings(root: Path, each: int) -> Plant:
    """So many drawings of each class, four of five of the training split."""
    plant = Plant(root)
    for kind in CLASSES:
        (root / kind).mkdir(parents=True)
        for place in range(each):
            file = f"{kind}/{kind.upper()}_{place}.jpg"
            Image.fromarray(drawn_cell(kind, 31 * place + len(kind), 200)).save(root / file, quality=92)
            split = "train" if place % 5 else "val"
            plant.rows.append(dict(zip(COLUMNS, (file, kind, kind, split, 360, 363, 80, 80), strict=True)))
    plant.write()
    return plant


def plant_pbc(data_root: Path, root: Path, images: int) -> Plant:
    """So many photographs of PBC, the same of each class."""
    table = pd.read_csv(data_root / "pbc" / "labels.csv")
    plant = Plant(root)
    for kind in CLASSES:
        (root / kind).mkdir(parents=True)
        chosen = table[table["class"] == kind].sample(images // len(CLASSES), random_state=1)
        for row in chosen[COLUMNS].to_dict("records"):
            (root / row["file"]).write_bytes((data_root / "pbc" / row["file"]).read_bytes())
            plant.rows.append(row)
    plant.write()
    return plant
