"""From the photos of a smear to a count: every cell found, read, and kept for the report."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Protocol

import numpy as np

from core.checkpoints import FINDER, Checkpoint, open_checkpoint
from core.counting.confusion import Confusion
from core.counting.smear import CountedCell, CountedPhoto, ModelFacts, NotRead, Smear
from core.detecting.recipe import DETECTOR
from core.detectors import open_detector
from core.errors import CheckpointError
from core.explain.cam import methods_for
from core.explain.overlay import overlay
from core.fields import Field, FoundCell, reading_window, single
from core.framing import Box, cut
from core.images import Photo
from core.intake import Unreadable
from core.places import checkpoints_folder
from core.reader import Reader, Reading
from core.reporting.pictures import MOST_FIGURES, smaller

AT_ONCE, PIXELS_AT_ONCE = 32, 2**26
"""Photos, and pixels of them, that are in memory together: enough for a batch of single cells, or one large photo."""

CROP = 112
"""Side in pixels of the pictures of cells that are kept: sharp at the size of a stamp."""

MOST_OVERLAYS = 40
OPACITY = 0.6

Progress = Callable[[int], None]


class OneCell:
    """Takes every photo to be of one cell, in place of looking for cells."""

    how = "each photo taken as one cell"

    def find(self, photo: Photo) -> Field:
        """The field of a photo that is one cell."""
        height, width = photo.pixels.shape[:2]
        return single(photo.name, width, height, self.how)


class Finds(Protocol):
    """What tells the cells of a photo: core.detectors.load_cell_finder, or OneCell."""

    @property
    def how(self) -> str:
        """For people."""

    def find(self, photo: Photo) -> Field:
        """The cells in a photo."""


def count_smear(
    items: Iterable[Photo | Unreadable],
    reader: Reader,
    finder: Finds,
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
    made = _Making(reader, finder, pictures)
    done = 0
    for group in _groups(items):
        made.add(group)
        done += len(group)
        if progress:
            progress(done)
    return Smear(
        identifier=identifier or _identifier(made.photos),
        made=datetime.now(UTC).replace(microsecond=0),
        photos=tuple(made.photos),
        cells=tuple(made.cells),
        not_read=tuple(made.not_read),
        models=_facts(reader.checkpoint, finder, made.photos),
        confusion=confusion_of(reader.checkpoint),
        space=reader.checkpoint.space,
        by=by,
        red_cells=red_cells,
    )


def confusion_of(checkpoint: Checkpoint) -> Confusion | None:
    """A model's confusion on its own validation cells; None where their predictions are not at hand."""
    try:
        return Confusion.of(checkpoint.predictions().select(source=checkpoint.card.trained.source, split="val"))
    except CheckpointError:
        return None


def _groups(items: Iterable[Photo | Unreadable]) -> Iterator[list[Photo | Unreadable]]:
    """Items in their order, so many at a time as memory may hold."""
    group: list[Photo | Unreadable] = []
    pixels = 0
    for item in items:
        size = item.pixels.shape[0] * item.pixels.shape[1] if isinstance(item, Photo) else 0
        if group and (len(group) >= AT_ONCE or pixels + size > PIXELS_AT_ONCE):
            yield group
            group, pixels = [], 0
        group.append(item)
        pixels += size
    if group:
        yield group


@dataclass
class _Asked:
    """One cell that is to be read: of which photo, which window; None leaves the window to the finder of one cell."""

    photo: Photo
    window: Box | None


@dataclass
class _Making:
    """What was found so far."""

    reader: Reader
    finder: Finds
    pictures: bool
    photos: list[CountedPhoto] = field(default_factory=list)
    cells: list[CountedCell] = field(default_factory=list)
    not_read: list[NotRead] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)
    overlays: int = 0
    previews: dict[bool, int] = field(default_factory=lambda: {True: 0, False: 0})

    def add(self, group: list[Photo | Unreadable]) -> None:
        """Find and read the cells of some photos, all cells in as few batches as can be."""
        kept = [(item, found) for item in group if (found := self._found(item)) is not None and isinstance(item, Photo)]
        asked = [_Asked(photo, _window(cell, found)) for photo, found in kept for cell in found if _readable(cell)]
        readings = iter(self.reader.read([one.photo for one in asked], [one.window for one in asked]) if asked else [])
        for photo, found in kept:
            self._keep(photo, found, readings)

    def _found(self, item: Photo | Unreadable) -> Field | None:
        """The cells of a photo; None, and a note, where the item is none or was there before."""
        if isinstance(item, Unreadable):
            self.not_read.append(NotRead(item.name, item.reason))
            return None
        before = self.seen.get(fingerprint(item))
        if before is not None:
            reason = f"{item.name} shows the same picture as photo {before} and is counted only once."
            self.not_read.append(NotRead(item.name, reason, twice=True))
            return None
        self.seen[fingerprint(item)] = len(self.seen) + 1
        found = self.finder.find(item)
        return single(found.name, found.width, found.height, found.how) if found.single_cell else found

    def _keep(self, photo: Photo, found: Field, readings: Iterator[Reading]) -> None:
        number = len(self.photos) + 1
        cells, remarks = [], []
        for place, cell in enumerate(found, 1):
            if _readable(cell):
                reading = next(readings)
                remarks.append(reading.quality.remarks if reading.quality else ())
                cells.append(self._cell(photo, number, place, cell, reading))
            else:
                cells.append(CountedCell(number, place, cell))
        doubtful = any(cell.doubtful for cell in cells)
        self.cells += cells
        self.photos.append(
            CountedPhoto(
                number,
                photo.name,
                found,
                fingerprint(photo),
                self._preview(photo, found, doubtful),
                (*([photo.remark] if photo.remark else []), *_common(remarks), *_nothing(found)),
            )
        )

    def _cell(self, photo: Photo, number: int, place: int, cell: FoundCell, reading: Reading) -> CountedCell:
        counted = CountedCell(
            number, place, cell, reading.box, reading.probabilities, reading.distance, reading.verdict
        )
        if not self.pictures:
            return counted
        crop = cut(photo.pixels, reading.box, CROP)
        if not counted.doubtful or self.overlays >= MOST_OVERLAYS:
            return replace(counted, crop=crop)
        self.overlays += 1
        method = methods_for(self.reader.checkpoint.spec)[0].name
        shown = self.reader.explain(photo, reading.box, method, reading.label)
        return replace(counted, crop=crop, overlay=overlay(crop, shown.map.values, OPACITY))

    def _preview(self, photo: Photo, found: Field, doubtful: bool) -> np.ndarray | None:
        """A smaller picture for the report, of no more fields than it shows."""
        if not self.pictures or found.single_cell or self.previews[doubtful] >= MOST_FIGURES:
            return None
        self.previews[doubtful] += 1
        return smaller(photo.pixels)


def fingerprint(photo: Photo) -> str:
    """sha256 of a photo's size and pixels."""
    digest = hashlib.sha256(repr(photo.pixels.shape).encode())
    digest.update(np.ascontiguousarray(photo.pixels).data)
    return digest.hexdigest()


def _identifier(photos: list[CountedPhoto]) -> str:
    """The same for the same photos, whatever their names and order."""
    together = "".join(sorted(photo.fingerprint for photo in photos))
    return f"SL-{hashlib.sha256(together.encode()).hexdigest()[:8].upper()}"


def _readable(cell: FoundCell) -> bool:
    return cell.kind == "white" and cell.note != "debris"


def _window(cell: FoundCell, found: Field) -> Box | None:
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


def _facts(checkpoint: Checkpoint, finder: Finds, photos: list[CountedPhoto]) -> tuple[ModelFacts, ...]:
    """Every model that had a part, with its hash."""
    facts = [_detector(finder)]
    if any(photo.field.single_cell for photo in photos):
        facts.append(_of("frames a single cell", open_checkpoint(checkpoints_folder() / FINDER)))
    facts.append(_of("names cells", checkpoint))
    if checkpoint.card.ensemble:
        facts += [_of(f"member of {checkpoint.name}", member) for member, _ in checkpoint.members]
    return tuple(facts)


def _of(role: str, checkpoint: Checkpoint) -> ModelFacts:
    card = checkpoint.card
    return ModelFacts(role, card.name, card.title, card.sha256, card.limits)


def _detector(finder: Finds) -> ModelFacts:
    try:
        found = open_detector(checkpoints_folder() / DETECTOR)
    except CheckpointError:
        found = None
    if found is not None and finder.how.endswith(found.card.sha256[:8]):
        return _of("finds cells", found)
    return ModelFacts("finds cells", "no model", finder.how, "")
