"""The cells and colours of whole fields, beside those that the detector of cells learned from.

The ranges come from its training fields (`python -m core bench fields --keep`) and lie in the records, so that a page,
a command and a test say the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import cv2
import numpy as np
from pydantic import ValidationError

from core.errors import CheckpointError
from core.imaging.fields import FEWEST_RED, Detection
from core.settings import records_folder
from core.storage import StoredModel, until_changed, write_json

TAIL = 1.0
"""Percent of a laboratory's training fields beyond each end of its ranges."""
GROUND = 90.0
"""Percentile of a channel that is the empty ground's."""
SAMPLE = 250
"""Side in pixels, about, of the grid of places by which the ground is judged."""

COLOURS = ("ground_a", "ground_b", "red_a", "red_b", "depth")
"""Of a look, what is colour and does not follow from how bright the lamp is."""


@dataclass(frozen=True)
class FieldLook:
    """Of one field: a and b (CIELAB) of its empty ground and of its red cells; how many levels of L the red cells are
    darker than the ground (depth). None where too few whole red cells are found."""

    ground_a: float
    ground_b: float
    red_a: float | None = None
    red_b: float | None = None
    depth: float | None = None


def look_of(pixels: np.ndarray, cells: Sequence[Detection]) -> FieldLook:
    """The look of a field (H, W, 3) uint8 with the cells that were found or marked in it."""
    step = max(1, int(np.sqrt(pixels.shape[0] * pixels.shape[1]) / SAMPLE))
    ground = _lab(np.percentile(pixels[::step, ::step].reshape(-1, 3), GROUND, axis=0))
    inner = [_middle(pixels, cell) for cell in cells if cell.kind == "red" and not cell.cut]
    means = [part.reshape(-1, 3).mean(axis=0) for part in inner if part.size]
    if len(means) < FEWEST_RED:
        return FieldLook(ground[1], ground[2])
    red = _lab(np.median(means, axis=0))
    return FieldLook(ground[1], ground[2], red[1], red[2], ground[0] - red[0])


def _middle(pixels: np.ndarray, cell: Detection) -> np.ndarray:
    """The middle half of a cell's box, both ways."""
    (x, y), wide, high = cell.box.centre, cell.box.width / 4, cell.box.height / 4
    rows, columns = (slice(max(0, int(at - by)), int(at + by) + 1) for at, by in ((y, high), (x, wide)))
    part: np.ndarray = pixels[rows, columns]
    return part


def _lab(colour: np.ndarray) -> tuple[float, float, float]:
    """CIELAB of RGB (3,) 0 to 255."""
    levels = cv2.cvtColor((colour.reshape(1, 1, 3) / 255).astype(np.float32), cv2.COLOR_RGB2LAB).ravel()
    return float(levels[0]), float(levels[1]), float(levels[2])


class LaboratoryRanges(StoredModel):
    """fields: of that laboratory. ranges: by measure the 1st and 99th percentile over its fields that tell it."""

    fields: int
    ranges: dict[str, tuple[float, float]]

    @classmethod
    def fit(cls, rows: Sequence[Mapping[str, float]]) -> Self:
        """From the measures of fields; NaN where a field does not tell one."""
        names = {name: None for row in rows for name in row}
        values = {name: np.array([row.get(name, np.nan) for row in rows], float) for name in names}
        ranges = {}
        for name, known in ((name, each[np.isfinite(each)]) for name, each in values.items()):
            if len(known):
                low, high = np.percentile(known, (TAIL, 100 - TAIL))
                ranges[name] = (round(float(low), 3), round(float(high), 3))
        return cls(fields=len(rows), ranges=ranges)


class HeldBack(StoredModel):
    """Fields of one laboratory and split that the detector did not learn from: how many, and alarms: of how many,
    each as a set of its own, it is said that their colours are others. beyond: the colours of all as one set."""

    laboratory: str
    split: str
    fields: int
    alarms: int
    beyond: tuple[str, ...]


class FieldRanges(StoredModel):
    """What the detector's training fields are like, by laboratory.

    Measures: those of COLOURS; over_red, the median width of white cells over that of red ones; red_width, that of red
    cells in pixels. detector: sha256 of its weights.
    """

    detector: str
    date: str
    command: str
    laboratories: dict[str, LaboratoryRanges]
    held_back: tuple[HeldBack, ...] = ()

    def of(self, measure: str) -> tuple[float, float]:
        """From the lowest end to the highest over the laboratories: what is usual in one of them is usual."""
        ends = self._ends(measure)
        return min(low for low, _ in ends), max(high for _, high in ends)

    def wide(self, measure: str) -> tuple[float, float]:
        """The same, and beyond either end as far as one of these laboratories is beyond all others: another one, from
        which nothing was learned, may differ as these do among themselves."""
        ends, (low, high) = self._ends(measure), self.of(measure)
        beyond = [0.0]
        for place, (lowest, highest) in enumerate(ends):
            others = [*ends[:place], *ends[place + 1 :]]
            if others:
                beyond += [min(end for end, _ in others) - lowest, highest - max(end for _, end in others)]
        return low - max(beyond), high + max(beyond)

    def _ends(self, measure: str) -> list[tuple[float, float]]:
        return [lab.ranges[measure] for lab in self.laboratories.values() if measure in lab.ranges]

    def beyond(self, looks: Sequence[FieldLook]) -> dict[str, bool]:
        """The colours whose mean over a set is farther off, and whether it is above."""
        found = {}
        for name in COLOURS:
            known = [value for look in looks if (value := getattr(look, name)) is not None]
            low, high = self.wide(name)
            if known and not low <= np.mean(known) <= high:
                found[name] = bool(np.mean(known) > high)
        return found


def ranges_file() -> Path:
    """Where the ranges are kept."""
    return records_folder() / "fields.json"


def keep(ranges: FieldRanges) -> Path:
    """Write the ranges among the shipped records, in place of earlier ones."""
    write_json(ranges_file(), ranges)
    return ranges_file()


def learned_fields() -> FieldRanges | None:
    """Of the fields that the detector learned from; None where nobody measured them. CheckpointError if damaged."""
    return _read(ranges_file())


@until_changed(most=2)
def _read(path: Path) -> FieldRanges:
    try:
        return FieldRanges.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise CheckpointError("The record of the detector's training fields is damaged; make it again.") from error
