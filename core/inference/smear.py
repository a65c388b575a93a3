"""From the photos of a smear to a count: every cell found, read, and kept for the report."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import numpy as np

from core.checkpoints import LOCALIZER, Checkpoint, open_checkpoint
from core.detection.detector import Detector
from core.detection.loading import open_detector
from core.detection.recipe import DETECTOR
from core.differential.confusion import Confusion
from core.differential.smear import (
    PLATELET,
    Addition,
    CorrectionError,
    Corrections,
    CountedCell,
    CountedPhoto,
    ModelFacts,
    NotRead,
    Smear,
)
from core.errors import CheckpointError
from core.explain.overlay import overlay
from core.explain.registry import methods_for
from core.imaging.decoding import Photo
from core.imaging.fields import Detection, Field, reading_window, single
from core.imaging.loading import Unreadable, in_batches
from core.imaging.windows import Box, cut
from core.inference.reader import Reader, Reading
from core.reports.figures import MOST_FIGURES, smaller
from core.settings import checkpoints_folder

CROP = 112
"""Side in pixels of the pictures of cells that are kept: sharp at the size of a stamp."""

MOST_OVERLAYS = 40
OPACITY = 0.6

Progress = Callable[[int], None]


def count_smear(
    items: Iterable[Photo | Unreadable],
    reader: Reader,
    detector: Detector,
    *,
    identifier: str = "",
    by: str = "",
    red_cells: float | None = None,
    pictures: bool = True,
    progress: Progress | None = None,
) -> Smear:
    """Find and read every cell in photos of one smear; one that cannot be read is noted, and the rest goes on.

    identifier: what the count is called, made from the photos where it is empty; no patient's name belongs there.
    by: who asks for it. red_cells: 10¹² a litre, if measured. pictures: whether to keep pictures for a report.
    progress: called with the number of files done.
    """
    looker = Looker(reader, detector, pictures)
    seen: list[Seen | Unreadable] = []
    for group in in_batches(items, lambda item: item):
        found = iter(looker.look([item for item in group if isinstance(item, Photo)]))
        seen += [next(found) if isinstance(item, Photo) else item for item in group]
        if progress:
            progress(len(seen))
    return smear_of(seen, reader, detector, identifier=identifier, by=by, red_cells=red_cells)


def confusion_of(checkpoint: Checkpoint) -> Confusion | None:
    """A model's confusion on its own validation cells; None where their predictions are not at hand."""
    try:
        return Confusion.of(checkpoint.predictions().select(source=checkpoint.card.trained.source, split="val"))
    except CheckpointError:
        return None


@dataclass(frozen=True, eq=False)
class Seen:
    """One photo as it was looked at, before it has a number in a smear; so are its cells. See CountedPhoto."""

    name: str
    field: Field
    fingerprint: str
    cells: tuple[CountedCell, ...]
    preview: np.ndarray | None
    remarks: tuple[str, ...]


@dataclass
class Looker:
    """Detector and reads the cells of photos, a group at a time; a photo that was seen before is not read again.

    pictures: whether to keep pictures for a report. Of all that it looks at, so many fields as a report shows and
    MOST_OVERLAYS cells in doubt get theirs.
    """

    reader: Reader
    detector: Detector
    pictures: bool = True
    _known: dict[str, Seen] = field(default_factory=dict)
    _framed: dict[tuple[str, Box, bool], CountedCell] = field(default_factory=dict)
    _overlays: int = 0
    _previews: dict[bool, int] = field(default_factory=lambda: {True: 0, False: 0})

    def look(self, group: Sequence[Photo]) -> list[Seen]:
        """What is in each photo of a group that fits into memory, in order; all cells in as few batches as can be."""
        prints = [fingerprint(photo) for photo in group]
        new = dict(zip(prints, group, strict=True))
        self._see({key: photo for key, photo in new.items() if key not in self._known})
        return [replace(self._known[key], name=photo.name) for key, photo in zip(prints, group, strict=True)]

    def _see(self, photos: dict[str, Photo]) -> None:
        fields = {key: self._found(photo) for key, photo in photos.items()}
        asked = [
            (photos[key], _window(cell, found)) for key, found in fields.items() for cell in found if _readable(cell)
        ]
        answers = self.reader.read([photo for photo, _ in asked], [window for _, window in asked]) if asked else []
        readings = iter(answers)
        for key, found in fields.items():
            self._known[key] = self._seen(photos[key], found, key, readings)

    def _found(self, photo: Photo) -> Field:
        found = self.detector.find(photo)
        return single(found.name, found.width, found.height, found.how) if found.single_cell else found

    def _seen(self, photo: Photo, found: Field, key: str, readings: Iterator[Reading]) -> Seen:
        cells, remarks = [], []
        for number, cell in enumerate(found, 1):
            if _readable(cell):
                reading = next(readings)
                remarks.append(reading.quality.remarks if reading.quality else ())
                cells.append(self.read_cell(photo, number, cell, reading))
            else:
                cells.append(CountedCell(0, number, cell))
        preview = self._preview(photo, found, any(cell.doubtful for cell in cells))
        said = (*([photo.remark] if photo.remark else []), *_common(remarks), *_nothing(found))
        return Seen(photo.name, found, key, tuple(cells), preview, said)

    def read_cell(self, photo: Photo, number: int, cell: Detection, reading: Reading) -> CountedCell:
        """A cell with what was read of it, and its pictures where those are kept."""
        counted = CountedCell(0, number, cell, reading.box, reading.probabilities, reading.distance, reading.verdict)
        if not self.pictures:
            return counted
        crop = cut(photo.pixels, reading.box, CROP)
        if not counted.doubtful or self._overlays >= MOST_OVERLAYS:
            return replace(counted, crop=crop)
        self._overlays += 1
        method = methods_for(self.reader.checkpoint.spec)[0].name
        shown = self.reader.explain(photo, reading.box, method, reading.label)
        return replace(counted, crop=crop, overlay=overlay(crop, shown.map.values, OPACITY))

    def framed(self, asked: Addition, photo: CountedPhoto, photo_of: Callable[[int], Photo]) -> CountedCell:
        """A cell that a person framed in a photo, as if the detector had found it there; read only once."""
        key = photo.fingerprint, asked.box, asked.called == PLATELET
        if key not in self._framed:
            self._framed[key] = self._read_box(asked, photo.field, photo_of)
        return replace(self._framed[key], photo=asked.photo, corrected=asked.called, added=True)

    def _read_box(self, asked: Addition, found: Field, photo_of: Callable[[int], Photo]) -> CountedCell:
        box = asked.box
        is_cut = box.left <= 0 or box.top <= 0 or box.right >= found.width or box.bottom >= found.height
        if asked.called == PLATELET:
            return CountedCell(0, 0, Detection(box, "platelet", 1.0, is_cut))
        there, photo = Detection(box, "white", 1.0, is_cut), photo_of(asked.photo)
        (reading,) = self.reader.read([photo], [reading_window(there, found)])
        return self.read_cell(photo, 0, there, reading)

    def _preview(self, photo: Photo, found: Field, doubtful: bool) -> np.ndarray | None:
        """A smaller picture for the report, of no more fields than it shows."""
        if not self.pictures or found.single_cell or self._previews[doubtful] >= MOST_FIGURES:
            return None
        self._previews[doubtful] += 1
        return smaller(photo.pixels)


def with_said(smear: Smear, said: Corrections, looker: Looker, photo_of: Callable[[int], Photo]) -> Smear:
    """The smear with what a person said: cells that were added are read like any other, then all are renamed.

    photo_of: the pixels of the photo of a number. CorrectionError where something fits no photo, cell or class.
    """
    numbers = {photo.number: photo for photo in smear.photos}
    for one in said.added:
        photo = numbers.get(one.photo)
        if photo is None or not _within(one.box, photo.field):
            raise CorrectionError(f"An added cell does not lie in photo {one.photo}, or there is no such photo.")
    smear = smear.with_added(looker.framed(one, numbers[one.photo], photo_of) for one in said.added)
    return smear.with_corrections(said.called)


def _within(box: Box, field: Field) -> bool:
    x, y = box.centre
    return 0 <= x <= field.width and 0 <= y <= field.height


def smear_of(
    seen: Iterable[Seen | Unreadable],
    reader: Reader,
    detector: Detector,
    *,
    identifier: str = "",
    by: str = "",
    red_cells: float | None = None,
) -> Smear:
    """The smear that these photos make, in their order, numbered from 1; see count_smear.

    A photo that shows the same picture as one before it is left out, with a note.
    """
    photos: list[CountedPhoto] = []
    cells: list[CountedCell] = []
    not_read: list[NotRead] = []
    numbers: dict[str, int] = {}
    for one in seen:
        if isinstance(one, Unreadable):
            not_read.append(NotRead(one.name, one.reason))
        elif one.fingerprint in numbers:
            before = numbers[one.fingerprint]
            reason = f"{one.name} shows the same picture as photo {before} and is counted only once."
            not_read.append(NotRead(one.name, reason, twice=True))
        else:
            number = numbers[one.fingerprint] = len(numbers) + 1
            photos.append(CountedPhoto(number, one.name, one.field, one.fingerprint, one.preview, one.remarks))
            cells += [replace(cell, photo=number) for cell in one.cells]
    return Smear(
        identifier=identifier or _identifier(photos),
        made=datetime.now(UTC).replace(microsecond=0),
        photos=tuple(photos),
        cells=tuple(cells),
        not_read=tuple(not_read),
        models=_facts(reader.checkpoint, detector, photos),
        confusion=confusion_of(reader.checkpoint),
        space=reader.checkpoint.space,
        by=by,
        red_cells=red_cells,
    )


def fingerprint(photo: Photo) -> str:
    """sha256 of a photo's size and pixels."""
    digest = hashlib.sha256(repr(photo.pixels.shape).encode())
    digest.update(np.ascontiguousarray(photo.pixels).data)
    return digest.hexdigest()


def _identifier(photos: list[CountedPhoto]) -> str:
    """The same for the same photos, whatever their names and order."""
    together = "".join(sorted(photo.fingerprint for photo in photos))
    return f"SL-{hashlib.sha256(together.encode()).hexdigest()[:8].upper()}"


def _readable(cell: Detection) -> bool:
    return cell.kind == "white" and cell.note != "debris"


def _window(cell: Detection, found: Field) -> Box | None:
    return None if found.single_cell else reading_window(cell, found)


def _common(remarks: list[tuple[str, ...]]) -> list[str]:
    """Remarks on quality that are made of at least half of a photo's cells, by how they begin."""
    said: dict[str, list[str]] = {}
    for each in remarks:
        for remark in each:
            said.setdefault(remark[:30], []).append(remark)
    return [same[0] for same in said.values() if 2 * len(same) >= len(remarks)]


def _nothing(found: Field) -> list[str]:
    """A sentence where a photo has nothing to count."""
    if not found.cells:
        return ["No cell was found in it."]
    if not found.of("white"):
        return ["No white cell was found in it."]
    return []


def _facts(checkpoint: Checkpoint, detector: Detector, photos: list[CountedPhoto]) -> tuple[ModelFacts, ...]:
    """Every model that had a part, with its hash."""
    facts = [_detector(detector)]
    if any(photo.field.single_cell for photo in photos):
        facts.append(_of("frames a single cell", open_checkpoint(checkpoints_folder() / LOCALIZER)))
    facts.append(_of("names cells", checkpoint))
    if checkpoint.ensemble:
        facts += [_of(f"member of {checkpoint.name}", member) for member, _ in checkpoint.members]
    return tuple(facts)


def _of(role: str, checkpoint: Checkpoint) -> ModelFacts:
    card = checkpoint.card
    return ModelFacts(role, card.name, card.title, card.sha256, card.limits)


def _detector(detector: Detector) -> ModelFacts:
    try:
        found = open_detector(checkpoints_folder() / DETECTOR)
    except CheckpointError:
        found = None
    if found is not None and detector.how.endswith(found.card.sha256[:8]):
        return _of("finds cells", found)
    return ModelFacts("finds cells", "no model", detector.how, "")
