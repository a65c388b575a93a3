"""From photos to the cells in them, found and read: the one way of page, commands and counts.

A photo is one cell, which the localizer frames, or a field, of which every white cell is read in its own window.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from core.detection.detector import Detector
from core.detection.magnification import diameter_when_enlarged, not_one_cell, with_known_size
from core.detection.scale import pbc_red_cells
from core.imaging.changes import Change
from core.imaging.colours import ColourFinding, colour_finding
from core.imaging.decoding import Photo
from core.imaging.fields import Detection, Field, foremost, reading_window, set_apart_if_small, single
from core.imaging.windows import Box
from core.inference.reader import Reader, Reading


@dataclass(frozen=True)
class FoundCell:
    """One cell of a photo. number: its place in the field, from 1. reading: None of what no model reads."""

    number: int
    detection: Detection
    reading: Reading | None


@dataclass(frozen=True, eq=False)
class ReadField:
    """All that was found in a photo; of one cell, that cell alone.

    changes: what was done to the photo as it was opened. colours: what is wrong with them. label: what the file calls
    it.
    """

    field: Field
    cells: tuple[FoundCell, ...]
    changes: tuple[Change, ...] = ()
    colours: ColourFinding | None = None
    label: str = ""

    @property
    def readings(self) -> tuple[Reading, ...]:
        """Of the cells that were read, in their order."""
        return tuple(cell.reading for cell in self.cells if cell.reading is not None)

    @property
    def foremost(self) -> Reading | None:
        """The reading of the cell to look at first; None where none was read."""
        number = foremost(self.field)
        return self.cells[number - 1].reading if number else None


class FieldReader:
    """Finds and reads the cells of photos, all of them in as few batches as can be."""

    def __init__(self, reader: Reader, detector: Detector) -> None:
        self.reader, self.detector = reader, detector

    def read(self, photos: Sequence[Photo]) -> list[ReadField]:
        """What is in each photo, in order. photos: that fit into memory."""
        fields = [self._field_of(photo) for photo in photos]
        windows = [
            (photo, _window(detection, field))
            for photo, field in zip(photos, fields, strict=True)
            for detection in field
            if detection.readable
        ]
        readings = iter(self.reader.read([photo for photo, _ in windows], [box for _, box in windows]))
        return [
            ReadField(field, tuple(_cells(field, readings)), photo.changes, colour_finding(photo.pixels), photo.label)
            for photo, field in zip(photos, fields, strict=True)
        ]

    def _field_of(self, photo: Photo) -> Field:
        found = not_one_cell(photo, self.detector.find(photo), self.detector)
        field = with_known_size(found, photo.micrometres_per_pixel, pbc_red_cells())
        if field.single_cell:
            one = single(field.name, field.width, field.height, field.detector)
            return replace(one, micrometres_per_pixel=field.micrometres_per_pixel)
        diameter = field.assumed_diameter or diameter_when_enlarged(photo, field, self.detector)
        return set_apart_if_small(replace(field, assumed_diameter=diameter))


def _window(detection: Detection, field: Field) -> Box | None:
    return None if field.single_cell else reading_window(detection, field)


def _cells(field: Field, readings: Iterator[Reading]) -> Iterator[FoundCell]:
    for number, detection in enumerate(field, 1):
        reading = next(readings) if detection.readable else None
        if reading is not None and not field.single_cell:
            reading = replace(reading, cell=number, framed="found")
        yield FoundCell(number, detection, reading)
