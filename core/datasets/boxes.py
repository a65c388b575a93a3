"""Fields whose cells are marked by boxes: what a detector of cells learns from and is measured on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from core.datasets.registry import load_file
from core.errors import SourceError
from core.imaging.fields import KINDS, Kind
from core.imaging.windows import Box
from core.registry import Registry
from core.settings import data_subfolder

Marked = tuple[Kind, Box]


@dataclass(frozen=True, eq=False)
class MarkedField:
    """A photo of a field and the boxes of its cells, in photo pixels.

    split: ours, in which no field lies in two; published: the source's own, "" where it has none. trusted:
    the kinds whose boxes were drawn at all; of another kind nothing is known, which is not "none there". types: (N,)
    what each box holds more precisely, such as "lymphocyte", or nothing where the source does not tell. complete:
    False where cells of the trusted kinds may lack a box, so that recall can be measured and precision cannot.
    red_diameter: that of its red cells in its pixels, where none is marked and it was measured otherwise; else NaN.
    """

    source: str
    lab: str
    key: str
    split: str
    published: str
    root: Path
    cells: tuple[Marked, ...]
    trusted: frozenset[Kind] = frozenset(KINDS)
    types: tuple[str, ...] = ()
    complete: bool = True
    red_diameter: float = float("nan")

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


@dataclass(frozen=True)
class FieldSource:
    """A folder of fields with boxes. order: its place among them. read: every marked field of the folder; OSError,
    KeyError or ValueError where a table or a label file is damaged. measure_only: as of a `SourceSpec`."""

    name: str
    order: int
    licence: str
    citation: str
    read: Callable[[Path], list[MarkedField]]
    measure_only: bool = False


def _problems(source: FieldSource) -> Iterator[str]:
    if not (source.licence and source.citation):
        yield "Say its licence and how its makers are cited."


FIELD_SOURCES = Registry[FieldSource]("source of fields with boxes", "core.datasets.sources", _problems)


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
            fields += FIELD_SOURCES[source].read(folder.resolve())
        except (OSError, KeyError, ValueError) as error:
            raise SourceError(f"The boxes of {source} could not be read: a file is missing or damaged.") from error
    return fields


def yolo_boxes(file: Path, width: int, height: int) -> list[tuple[int, Box]]:
    """(class number, box in pixels) of a label file whose lines are class, centre and size as shares of the photo.

    Boxes are clipped to the photo; one without an area is left out.
    """
    boxes = []
    for line in file.read_text().splitlines():
        if not line.strip():
            continue
        number, *shares = line.split()
        x, y, wide, high = (float(share) for share in shares)
        left, top, right, bottom = corners((x, y), (wide, high), width, height)
        if right > left and bottom > top:
            boxes.append((int(number), Box(left, top, right, bottom)))
    return boxes


def corners(
    centre: tuple[float, float], size: tuple[float, float], width: int, height: int
) -> tuple[float, float, float, float]:
    """left, top, right, bottom in pixels, clipped to the photo, of which centre (x, y) and size are shares."""
    (x, y), (wide, high) = centre, size
    left, right = max(0.0, (x - wide / 2) * width), min(float(width), (x + wide / 2) * width)
    top, bottom = max(0.0, (y - high / 2) * height), min(float(height), (y + high / 2) * height)
    return left, top, right, bottom
