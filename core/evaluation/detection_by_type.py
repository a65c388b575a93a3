"""How many cells of each type are found: one type missed bends a differential, whatever the others' recall."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.evaluation.bootstrap import bootstrap
from core.evaluation.detection import overlaps
from core.evaluation.intervals import Interval
from core.evaluation.results.detections import EDGES, DetectionTable
from core.imaging.fields import Kind

LEAST = 0.5
"""Overlap from which a marked cell counts as found."""


@dataclass(frozen=True)
class TypeFigures:
    """Of one type in some photos. recall: share of its cells that were found; its interval draws whole photos."""

    type: str
    photos: int
    marked: int
    found: int
    recall: Interval


def recall_by_type(detections: DetectionTable, kind: Kind, threshold: float) -> list[TypeFigures]:
    """Of every type that is marked among cells of that kind, boxes shown from that score on; sorted by name."""
    types, found, photos = _marked_cells(detections, kind, threshold)
    return [
        TypeFigures(
            name,
            len(np.unique(photos[rows])),
            int(rows.sum()),
            int(found[rows].sum()),
            bootstrap(lambda hits: float(hits.mean()), found[rows].astype(float), groups=photos[rows]),
        )
        for name in np.unique(types[types != ""])
        for rows in [types == name]
    ]


def _marked_cells(
    detections: DetectionTable, kind: Kind, threshold: float
) -> tuple[npt.NDArray[np.str_], npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
    """Of each marked cell its type, whether it was found, and the row of its photo."""
    types: list[str] = []
    found: list[bool] = []
    photos: list[int] = []
    of_kind = detections.boxes[detections.boxes["kind"] == kind]
    for number in of_kind["field"].unique().tolist():
        rows = of_kind[of_kind["field"] == number]
        marked = rows[rows["score"].isna()].drop_duplicates([*EDGES])
        shown = rows[rows["score"] >= threshold].sort_values("score", ascending=False, kind="stable")
        types += marked["type"].tolist()
        found += covered_by(marked[list(EDGES)].to_numpy(float), shown[list(EDGES)].to_numpy(float)).tolist()
        photos += [number] * len(marked)
    return np.array(types, dtype=str), np.array(found, dtype=bool), np.array(photos, dtype=np.int64)


def covered_by(marked: npt.NDArray[np.float64], shown: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """(M,) which marked boxes (M, 4) are found by shown ones (N, 4), best first; each finds one at most."""
    found = np.zeros(len(marked), dtype=bool)
    for line in overlaps(shown, marked):
        free = np.where(found, -1.0, line)
        if len(free) and free.max() >= LEAST:
            found[int(free.argmax())] = True
    return found
