"""Fields whose cells are marked by boxes: what a detector of cells learns from and is measured on."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from core.datasets import bccd, txl
from core.datasets.chula import LAB as CHULA_LAB
from core.datasets.registry import load_file
from core.errors import SourceError
from core.imaging.fields import KINDS, Kind
from core.imaging.windows import Box
from core.settings import data_subfolder

BCCD_KINDS: dict[str, Kind] = {"WBC": "white", "RBC": "red", "Platelets": "platelet"}
SPLIT_ORDER = ("test", "val", "train")

Marked = tuple[Kind, Box]


@dataclass(frozen=True, eq=False)
class MarkedField:
    """A photo of a field and the boxes of its cells, in photo pixels.

    split: ours, in which no field lies in two; published: the source's own, "" where it has none. trusted:
    the kinds whose boxes were drawn at all; of another kind nothing is known, which is not "none there".
    """

    source: str
    lab: str
    key: str
    split: str
    published: str
    root: Path
    cells: tuple[Marked, ...]
    trusted: frozenset[Kind] = frozenset(KINDS)

    def pixels(self) -> np.ndarray:
        """(H, W, 3) uint8 RGB."""
        return load_file(self.root, self.key)

    @cached_property
    def boxes(self) -> np.ndarray:
        """(N, 4) float32: left, top, right, bottom."""
        return np.array([box.as_tuple() for _, box in self.cells], np.float32).reshape(-1, 4)

    @cached_property
    def kinds(self) -> np.ndarray:
        """(N,) int64: places in KINDS."""
        return np.array([KINDS.index(kind) for kind, _ in self.cells], np.int64)


def bccd_fields(root: Path) -> list[MarkedField]:
    """BCCD's 364 photos with boxes.

    Photos of overlapping fields go together to the strictest of their published splits (test before
    validation before train), so that what is held out anywhere is held out here.
    """
    table = pd.read_csv(root / "photos.csv")
    table = table[[(root / "JPEGImages" / name).is_file() for name in table["photo"]]].reset_index(drop=True)
    groups = [f"{group:.0f}" if group == group else name for group, name in _grouped(table)]
    splits = _strictest(groups, list(table["voc_split"]))
    return [
        _bccd_field(root, name, split, published)
        for name, split, published in zip(table["photo"], splits, table["voc_split"], strict=True)
    ]


def _grouped(table: pd.DataFrame) -> Iterable[tuple[float, str]]:
    return zip(table["field_group"], table["photo"], strict=True)


def _strictest(groups: list[str], splits: list[str]) -> list[str]:
    """The split of each photo: the first of SPLIT_ORDER in which any photo of its group lies."""
    found: dict[str, set[str]] = {}
    for group, split in zip(groups, splits, strict=True):
        found.setdefault(group, set()).add(split)
    return [next(split for split in SPLIT_ORDER if split in found[group]) for group in groups]


def _bccd_field(root: Path, name: str, split: str, published: str) -> MarkedField:
    cells = tuple((BCCD_KINDS[kind], box) for kind, box in bccd.boxes(root, name))
    # Photos that lack every box of a kind which all fields hold were not marked for it; platelets may be absent.
    trusted: set[Kind] = {kind for kind, _ in cells} | {"platelet"}
    return MarkedField("bccd", bccd.LAB, f"JPEGImages/{name}", split, published, root, cells, frozenset[Kind](trusted))


def txl_fields(root: Path) -> list[MarkedField]:
    """TXL-PBC's photos with its own splits, which are by file; labs are PBC's and Raabin's."""
    return [
        MarkedField("txl-pbc", photo.lab, photo.key, photo.split, photo.split, root, photo.cells)
        for photo in txl.photos(root)
    ]


def chula_fields(root: Path) -> list[MarkedField]:
    """Chula's whole fields, of which only white cells are marked; a laboratory to be tested on alone."""
    files = {
        file: root / "labels" / file.parent.name / f"{file.stem}.txt" for file in (root / "fields").glob("*/*.jpg")
    }
    return [_chula_field(root, file, labels) for file, labels in sorted(files.items()) if labels.is_file()]


def _chula_field(root: Path, file: Path, labels: Path) -> MarkedField:
    key = file.relative_to(root).as_posix()
    height, width = load_file(root, key).shape[:2]
    cells: tuple[Marked, ...] = tuple(("white", box) for _, box in txl.yolo_boxes(labels, width, height))
    return MarkedField("chula", CHULA_LAB, key, "test", "", root, cells, frozenset[Kind](("white",)))


READERS = {"bccd": bccd_fields, "txl-pbc": txl_fields, "chula": chula_fields}
LEARNED_FROM = ("bccd", "txl-pbc")
"""The sources with a training split; Chula is another laboratory, and only tested on."""


def marked_fields(*sources: str) -> list[MarkedField]:
    """The marked fields of those sources, in the folders of those names in SMEARLENS_DATA.

    SourceError where there is none.
    """
    fields: list[MarkedField] = []
    for source in sources:
        folder = data_subfolder(source)
        if folder is None:
            raise SourceError(f"Fields with boxes are looked for in {source} in the folder SMEARLENS_DATA.")
        try:
            fields += READERS[source](folder.resolve())
        except (OSError, KeyError, ValueError) as error:
            raise SourceError(f"The boxes of {source} could not be read: a file is missing or damaged.") from error
    return fields
