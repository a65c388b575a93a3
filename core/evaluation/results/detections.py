"""Detections in marked fields as tables, from which every figure is computed.

Two files: boxes.parquet, one row a box, found or marked, and fields.csv, one row a photo.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from core.errors import CheckpointError
from core.evaluation.detection import PhotoBoxes
from core.evaluation.results.files import damaged_as
from core.imaging.fields import KINDS, Kind
from core.storage import write_csv, write_parquet

FIELDS = ("source", "lab", "split", "published", "key", "width", "height", "trusted", "covered", "complete")
EDGES = ("left", "top", "right", "bottom")
BOXES = ("field", "kind", "type", "score", *EDGES)
COMPLETE = 0.9
"""Share of a field's stained area that lies in marked boxes from which its boxes are taken for complete."""


@dataclass(frozen=True)
class FieldFacts:
    """One photo. trusted: kinds whose boxes were drawn; covered: share in [0, 1] of its stained area in boxes.
    complete: False where cells of those kinds may lack a box: a box too many cannot be told there."""

    source: str
    lab: str
    split: str
    published: str
    key: str
    width: int
    height: int
    trusted: str
    covered: float
    complete: bool = True


@dataclass(frozen=True, eq=False)
class DetectionTable:
    """fields: FIELDS, one row a photo. boxes: BOXES; field is the row of its photo, kind a key of KINDS, type what a
    marked cell is more precisely, such as "lymphocyte", or ""; score NaN where a person marked the box; edges in photo
    pixels. CheckpointError where the tables are not of this form."""

    fields: pd.DataFrame
    boxes: pd.DataFrame

    def __post_init__(self) -> None:
        for table, columns, what in ((self.fields, FIELDS, "fields"), (self.boxes, BOXES, "boxes")):
            missing = [column for column in columns if column not in table.columns]
            if missing:
                raise CheckpointError(f"The table of {what} lacks the column {', '.join(missing)}.")
        if not self.boxes["field"].isin(self.fields.index).all() or not self.boxes["kind"].isin(KINDS).all():
            raise CheckpointError("The table of boxes names photos or kinds of cells that there are not.")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The tables in a folder; CheckpointError where one is missing or damaged."""
        with damaged_as(f"The table of found cells in {folder.name} is missing or damaged."):
            fields = pd.read_csv(folder / "fields.csv", keep_default_na=False)
            return cls(fields.astype({"covered": float, "complete": bool}), pd.read_parquet(folder / "boxes.parquet"))

    def write(self, folder: Path) -> None:
        """Both files into a folder, those that are there replaced; edges rounded to a tenth of a pixel."""
        write_csv(folder / "fields.csv", self.fields[list(FIELDS)])
        boxes = self.boxes[list(BOXES)].copy()
        boxes[list(EDGES)] = boxes[list(EDGES)].round(1).astype(np.float32)
        boxes["score"] = boxes["score"].round(4).astype(np.float32)
        boxes["field"] = boxes["field"].astype(np.int32)
        write_parquet(folder / "boxes.parquet", boxes)

    def select(self, **wanted: str) -> "DetectionTable":
        """Only the photos whose columns have these values, such as source="bccd", split="test"."""
        rows = np.ones(len(self.fields), dtype=bool)
        for column, value in wanted.items():
            rows &= (self.fields[column] == value).to_numpy()
        return self.rows(rows)

    def rows(self, mask: np.ndarray) -> "DetectionTable":
        """Only the photos of a mask (N,)."""
        fields = self.fields[mask]
        return DetectionTable(fields, self.boxes[self.boxes["field"].isin(fields.index)])

    def marked_for(self, kind: Kind) -> "DetectionTable":
        """Only the photos whose boxes of that kind were drawn."""
        return self.rows(self.fields["trusted"].str.split().map(lambda kinds: kind in kinds).to_numpy(dtype=bool))

    @property
    def every_cell_marked(self) -> bool:
        """Whether no photo's marks are known to be incomplete, so that precision can be measured."""
        return bool(self.fields["complete"].all())

    @property
    def complete(self) -> "DetectionTable":
        """Only the photos in which all kinds were marked, and nearly all that is stained."""
        every = self.fields["trusted"].str.split().map(lambda kinds: set(kinds) == set(KINDS))
        return self.rows((every & (self.fields["covered"] >= COMPLETE)).to_numpy(dtype=bool))

    def of(self, kind: Kind) -> list[PhotoBoxes]:
        """What was found and what is marked of a kind, photo by photo."""
        boxes = self.boxes[self.boxes["kind"] == kind]
        by_field: dict[Any, pd.DataFrame] = dict(iter(boxes.groupby("field")))
        return [_photo_boxes(by_field.get(number)) for number in self.fields.index]

    def __len__(self) -> int:
        return len(self.fields)


def _photo_boxes(rows: pd.DataFrame | None) -> PhotoBoxes:
    if rows is None:
        return PhotoBoxes(np.zeros((0, 4)), np.zeros(0), np.zeros((0, 4)))
    edges, scores = rows[list(EDGES)].to_numpy(float), rows["score"].to_numpy(float)
    marked = np.isnan(scores)
    # A box that was marked several times, to the pixel, is one cell: TXL-PBC has a white cell marked six times.
    return PhotoBoxes(edges[~marked], scores[~marked], np.unique(edges[marked], axis=0))


Rows = Sequence[tuple[Kind, str, float, tuple[float, float, float, float]]]
"""Of each box its kind, its type ("" where that is not known), its score (NaN: marked by a person) and its edges."""


def detection_table(photos: Iterable[tuple[FieldFacts, Rows]]) -> DetectionTable:
    """The tables of photos with their boxes."""
    fields, boxes = [], []
    for number, (facts, rows) in enumerate(photos):
        fields.append(vars(facts))
        boxes += [(number, kind, of_type, score, *edges) for kind, of_type, score, edges in rows]
    return DetectionTable(pd.DataFrame(fields, columns=list(FIELDS)), pd.DataFrame(boxes, columns=list(BOXES)))
