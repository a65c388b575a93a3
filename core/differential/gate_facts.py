"""What is known of a smear when its count is to pass the gate: numbers, shares and sizes of its cells."""

from collections import Counter
from collections.abc import Sequence
from functools import cached_property

from core.differential.apart import Apart, apart_of
from core.differential.smear import ERYTHROBLAST, CountedCell, CountedPhoto, Smear
from core.imaging.fields import Field


class GateFacts:
    """What the preconditions of a smear's differential are judged by."""

    def __init__(self, smear: Smear) -> None:
        self.smear = smear
        self.fields = [photo for photo in smear.photos if not photo.field.single_cell]
        self.by_photo = Counter(cell.photo for cell in smear.cells if cell.counted_as in smear.differentiated)
        self.white = sum(self.by_photo.values())

    @cached_property
    def apart(self) -> Apart:
        return apart_of(self.smear.cells)

    @cached_property
    def own(self) -> list[CountedCell]:
        """The cells, each once where photos overlap."""
        return [cell for cell in self.smear.cells if cell.repeats is None]

    @property
    def repeated(self) -> list[CountedCell]:
        """Cells that another photo shows, too."""
        return [cell for cell in self.smear.cells if cell.repeats is not None]

    @cached_property
    def whole_white(self) -> list[CountedCell]:
        """White cells as the model read them: whole ones of which no person has said what they are."""
        return [
            cell for cell in self.own if cell.detection.kind == "white" and cell.detection.whole and not cell.corrected
        ]

    @cached_property
    def diameters(self) -> dict[int, float]:
        """Of red cells, by number of the photos that tell it."""
        widths = ((photo.number, photo.field.red_diameter) for photo in self.fields)
        return {number: width for number, width in widths if width is not None}

    def over_red(self, cell: CountedCell) -> float:
        """A cell's diameter over that of the red cells in its photo; NaN where that is not known."""
        box = cell.detection.box
        return (box.width + box.height) / 2 / self.diameters.get(cell.photo, float("nan"))

    @cached_property
    def corrected_fields(self) -> list[Field]:
        """The fields as a person corrects them."""
        return [self.smear.corrected_field(photo) for photo in self.fields]

    @cached_property
    def red(self) -> int:
        """Red cells of fields."""
        return sum(field.count("red") for field in self.corrected_fields)

    @cached_property
    def white_found(self) -> int:
        """White cells of fields, counted or set apart, without nucleated red ones."""
        return sum(field.count("white") for field in self.corrected_fields) - self.nucleated

    @cached_property
    def nucleated(self) -> int:
        """Nucleated red cells, whether counted or set apart: the model may not know those of other animals."""
        found = [cell for cell in self.own if cell.detection.kind == "white" or cell.corrected is not None]
        return sum((cell.corrected or cell.label) == ERYTHROBLAST and cell.detection.note != "debris" for cell in found)

    @cached_property
    def chosen(self) -> bool:
        """Whether every photo shows one cell that somebody chose, so that red cells beside it say nothing."""
        return not self.fields

    def share_in(self, photos: Sequence[CountedPhoto]) -> float:
        """Of the counted white cells, how many lie in these photos."""
        return sum(self.by_photo[photo.number] for photo in photos) / max(1, self.white)
