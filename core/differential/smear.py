"""A smear as it was counted: its photos, the detections in them, their predictions, and a person's corrections."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

import numpy as np

from core.differential.cell_types import TypeSet, usual_types
from core.differential.confusion import Confusion
from core.errors import SmearlensError
from core.evaluation.uncertainty import Verdict
from core.imaging.changes import Change
from core.imaging.colours import ColourFinding
from core.imaging.field_colours import FieldLook
from core.imaging.fields import Detection, Field, Missing
from core.imaging.quality import QualityRemark
from core.imaging.windows import Box
from core.labels import NO_CELL, PBC8, LabelSpace, Probabilities

WHITE: tuple[str, ...] = ("neutrophil", "lymphocyte", "monocyte", "eosinophil", "basophil", "ig")
"""The classes of white cells, in the order of a differential count."""

ERYTHROBLAST, PLATELET = "erythroblast", "platelet"


class CorrectionError(SmearlensError):
    """A person's corrections do not fit the photos."""


@dataclass(frozen=True, eq=False)
class CountedCell:
    """One cell of a smear. photo and number: both from 1; the number is that within its photo.

    probabilities: None where no model read the cell. distance: from the training cells, above 1
    unlike them. corrected: what a person called it: a class key, that of a type which the models do not know, or
    NO_CELL. finer: key of the type that a person parted from that class, "" for none. crop, overlay: (S, S, 3) uint8,
    what was read and where its evidence is, None where they were not kept. added: a person framed it, and no model
    found it.
    """

    photo: int
    number: int
    detection: Detection
    window: Box | None = None
    probabilities: Probabilities | None = None
    distance: float = float("nan")
    verdict: Verdict | None = None
    corrected: str | None = None
    finer: str = ""
    crop: np.ndarray | None = None
    overlay: np.ndarray | None = None
    added: bool = False
    repeats: tuple[int, int] | None = None

    @property
    def name(self) -> str:
        """What a report calls it: "3.12" is cell 12 of photo 3."""
        return f"{self.photo}.{self.number}"

    @property
    def label(self) -> str | None:
        """Key of the class that the model holds likeliest, whatever the verdict."""
        return self.probabilities.label if self.probabilities else None

    def probability_of(self, key: str | None) -> float | None:
        """None where no model read the cell, or the class is none of the model's."""
        if self.probabilities is None or key is None or key not in self.probabilities.space.keys:
            return None
        return self.probabilities[key]

    @property
    def changed(self) -> bool:
        """Whether a person called it something else than the model did, or added it."""
        return self.added or (self.corrected is not None and self.corrected != self.label)

    @property
    def counted_as(self) -> str | None:
        """The class key under which it counts; None where it is set apart, or counts as a cell of another photo."""
        if self.repeats is not None:
            return None
        if self.corrected is not None:
            return None if self.corrected == NO_CELL else self.corrected
        if self.detection.kind != "white":
            return PLATELET if self.detection.kind == "platelet" and self.detection.note != "debris" else None
        if not self.detection.whole or self.verdict == "unlike":
            return None
        return self.label

    @property
    def named(self) -> str | None:
        """What a person called it, as finely as that was said; None where nobody did."""
        return self.finer or self.corrected

    @property
    def type(self) -> str | None:
        """The key under which it counts, as finely as a person said; None where it is set apart."""
        return self.counted_as and (self.finer or self.counted_as)

    @property
    def doubtful(self) -> bool:
        """Whether a person should look: the model was unsure or did not know it, and nobody has said what it is."""
        return (
            self.corrected is None
            and self.repeats is None
            and self.verdict in ("unsure", "unlike")
            and self.detection.whole
        )


@dataclass(frozen=True, eq=False)
class CountedPhoto:
    """One photo of a smear. number: from 1, in the order given. name: of its file, kept out of reports unless asked.

    fingerprint: sha256 of its pixels. preview: (h, w, 3) uint8, made smaller, None where it was not kept.
    changes: what was done to it when it was opened. quality: in what most of its cells differ from those that the model
    learned from. missing: what no model found in it. colours: what is wrong with them altogether. label: what its file
    calls it. clumps: of platelets. look: its colours, None of a single cell. overlapping: numbers of photos that show a
    part of it too.
    """

    number: int
    name: str
    field: Field
    fingerprint: str
    preview: np.ndarray | None = None
    changes: tuple[Change, ...] = ()
    quality: tuple[QualityRemark, ...] = ()
    missing: Missing | None = None
    colours: ColourFinding | None = None
    label: str = ""
    clumps: int = 0
    look: FieldLook | None = None
    overlapping: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class PhotoOverlap:
    """Two photos that show one place of the smear. back: (2, 3), from pixels of the second to those of the first.

    shared: the part of the smaller one that both show, 0 to 1.
    """

    first: int
    second: int
    back: np.ndarray
    shared: float


@dataclass(frozen=True)
class Addition:
    """A cell that a person framed, since no model found it. photo: its number. box: in its pixels.

    called: key of a type, None where its class is left to the model.
    """

    photo: int
    box: Box
    called: str | None = None


@dataclass(frozen=True)
class Corrections:
    """What a person said of a count. called: by (photo, number) of the cell the key of a type, or NO_CELL."""

    called: Mapping[tuple[int, int], str] = field(default_factory=dict)
    added: tuple[Addition, ...] = ()


@dataclass(frozen=True)
class NotApplied:
    """A correction of a saved table that fits nothing in these photos. row: its line in the table. cell: what the table
    calls it. called: in the person's words. why: one sentence. place: photo and number of the cell, where only its type
    is not known here."""

    row: int
    cell: str
    called: str
    why: str
    place: tuple[int, int] | None = None

    @property
    def reason(self) -> str:
        """A sentence that names it, and the reason."""
        return (
            f"The correction in row {self.row} (cell {self.cell}: {self.called or 'added'}) is not applied. {self.why}"
        )


@dataclass(frozen=True)
class NotRead:
    """A file that was left out. problem: why, in words that follow on its name. twice: it shows the same picture as
    another."""

    name: str
    problem: str
    twice: bool = False

    @property
    def reason(self) -> str:
        """One sentence that names the file."""
        return f"{self.name} {self.problem}"


@dataclass(frozen=True)
class ModelFacts:
    """A model that had a part in a count. role: what it did, in a few words. sha256: of its weights, "" if it has none.

    limits: what its card says of them.
    """

    role: str
    name: str
    title: str
    sha256: str
    limits: str = ""


@dataclass(frozen=True, eq=False)
class Smear:
    """All that was counted in one go. made: aware of its time zone. by: who asked for it, "" where nobody is named.

    confusion: of the model that read the cells, None where its validation predictions are not at hand.
    red_cells: 10¹² a litre as an analyser measured them, None where unknown. not_applied: corrections handed over with
    the photos that fit none of them. overlaps: of every two photos that show one place. types: what a person counts
    with.
    """

    identifier: str
    made: datetime
    photos: tuple[CountedPhoto, ...]
    cells: tuple[CountedCell, ...]
    not_read: tuple[NotRead, ...] = ()
    models: tuple[ModelFacts, ...] = ()
    confusion: Confusion | None = None
    space: LabelSpace = PBC8
    by: str = ""
    red_cells: float | None = None
    not_applied: tuple[NotApplied, ...] = ()
    overlaps: tuple[PhotoOverlap, ...] = ()
    types: TypeSet = field(default_factory=usual_types)

    @cached_property
    def vocabulary(self) -> LabelSpace:
        """Every class and type that a cell can be called, those of the model first."""
        cells = {each.key: each for each in (*self.space.classes, *(one.cell for one in self.types))}
        return LabelSpace("vocabulary", "What cells are called", tuple(cells.values()))

    @property
    def marrow(self) -> bool:
        """Whether a person says that this is bone marrow."""
        return self.types.specimen == "marrow"

    @property
    def noun(self) -> str:
        """What a differential is of."""
        return "nucleated cell" if self.marrow else "white cell"

    @cached_property
    def differentiated(self) -> tuple[str, ...]:
        """Keys of what a differential is of, in its order: the white cells, of marrow its nucleated red cells too."""
        own = (one.key for one in self.types if not one.parent and one.among == "white")
        return *WHITE, *((ERYTHROBLAST,) if self.marrow else ()), *own

    def of(self, photo: int) -> tuple[CountedCell, ...]:
        """The cells of the photo of that number."""
        return tuple(cell for cell in self.cells if cell.photo == photo)

    def counted(self, key: str) -> tuple[CountedCell, ...]:
        """The cells that count under a class."""
        return tuple(cell for cell in self.cells if cell.counted_as == key)

    def corrected_field(self, photo: CountedPhoto) -> Field:
        """The field of one of its photos by a person's words: what is no cell is out, others are what they are called.

        What counts as a cell of another photo is out as well. A cell's number is its place in the field.
        """
        own = self.of(photo.number)
        corrections = {cell.number: NO_CELL if cell.repeats else cell.corrected for cell in own}
        cells = (_corrected(detection, corrections.get(number)) for number, detection in enumerate(photo.field, 1))
        return replace(photo.field, cells=tuple(cell for cell in cells if cell is not None))

    @property
    def doubtful(self) -> tuple[CountedCell, ...]:
        """Cells that a person should look at, the least sure first."""
        return tuple(sorted((cell for cell in self.cells if cell.doubtful), key=_sureness))

    @property
    def changed(self) -> tuple[CountedCell, ...]:
        """Cells that a person called something else than the model did, or added."""
        return tuple(cell for cell in self.cells if cell.changed)

    def with_added(self, cells: Iterable[CountedCell]) -> "Smear":
        """The smear with cells that a person added; within its photo each is numbered on from the last one."""
        photos = {photo.number: photo for photo in self.photos}
        numbered = list(self.cells)
        for cell in cells:
            photo = photos[cell.photo]
            number = len(photo.field) + 1
            field = replace(photo.field, cells=(*photo.field.cells, cell.detection))
            photos[cell.photo] = replace(photo, field=field)
            numbered.append(replace(cell, number=number))
        numbered.sort(key=lambda cell: cell.photo)
        return replace(self, photos=tuple(photos.values()), cells=tuple(numbered))

    def with_corrections(self, corrections: Mapping[tuple[int, int], str]) -> "Smear":
        """The smear with a person's words: by (photo, number) the key of a type or NO_CELL.

        CorrectionError where one fits no cell, or is none of these words.
        """
        numbers = {(cell.photo, cell.number) for cell in self.cells}
        for place, key in corrections.items():
            if place not in numbers:
                raise CorrectionError(f"There is no cell {place[0]}.{place[1]} in these photos.")
            if key != NO_CELL and key not in self.vocabulary.keys:
                known = ", ".join(self.vocabulary.keys)
                raise CorrectionError(f'"{key}" is none of the types {known}, nor "{NO_CELL}".')
        cells = [self._called(cell, corrections.get((cell.photo, cell.number), cell.named)) for cell in self.cells]
        return replace(self, cells=tuple(cells))

    def _called(self, cell: CountedCell, key: str | None) -> CountedCell:
        """The cell as a person calls it: under its class, and as the part of it that it is."""
        named = self.types.get(key) if key else None
        if named is None or not named.finer:
            return replace(cell, corrected=key, finer="")
        return replace(cell, corrected=named.parent, finer=named.key)


def _corrected(detection: Detection, correction: str | None) -> Detection | None:
    if correction is None:
        return detection
    if correction == NO_CELL:
        return None
    note = None if detection.note == "debris" else detection.note
    return replace(detection, kind="platelet" if correction == PLATELET else "white", note=note)


def _sureness(cell: CountedCell) -> tuple[bool, float]:
    """What is unlike comes before what is unsure."""
    return cell.verdict != "unlike", cell.probabilities.confidence if cell.probabilities else 0.0
