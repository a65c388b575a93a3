"""From the photos of a smear to a count: every cell found, read, and kept for the report."""

import dataclasses
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from core.checkpoints import LOCALIZER, Checkpoint, open_checkpoint
from core.detection.clumps import clumps
from core.detection.detector import Detector
from core.detection.loading import open_detector
from core.differential.confusion import Confusion
from core.differential.repeats import counted_once
from core.differential.smear import (
    PLATELET,
    Addition,
    CorrectionError,
    Corrections,
    CountedCell,
    CountedPhoto,
    ModelFacts,
    NotRead,
    PhotoOverlap,
    Smear,
)
from core.errors import CheckpointError
from core.explain.overlay import overlay
from core.imaging.decoding import Photo
from core.imaging.field_colours import look_of
from core.imaging.fields import Detection, DetectorIdentity, Field, reading_window
from core.imaging.fingerprint import fingerprint
from core.imaging.loading import Unreadable, in_batches
from core.imaging.quality import QualityRemark
from core.imaging.windows import Box, cut
from core.imaging.wording import detector_name
from core.inference.explaining import quick_method_of
from core.inference.overlaps import OverlapFinder, PhotoCopy, copies_among, same_picture
from core.inference.photos import FieldReader, ReadField
from core.inference.reader import Reader, Reading
from core.reports.figures import MOST_FIGURES, smaller
from core.settings import checkpoints_folder

CROP = 112
"""Side in pixels of the pictures of cells that are kept: sharp at the size of a stamp."""

MOST_OVERLAYS = 40
OPACITY = 0.6


@dataclass(frozen=True)
class SmearDetails:
    """What is known of a smear beside its photos.

    identifier: what the count is called, made from the photos where it is empty; no patient's name belongs there.
    by: who asks for it. red_cells: 10¹² a litre, if measured.
    """

    identifier: str = ""
    by: str = ""
    red_cells: float | None = None


def count_smear(
    items: Iterable[Photo | Unreadable],
    reader: Reader,
    detector: Detector,
    details: SmearDetails = SmearDetails(),
    *,
    pictures: bool = True,
    progress: Callable[[int], None] | None = None,
) -> Smear:
    """Find and read every cell in photos of one smear; one that cannot be read is noted, and the rest goes on.

    pictures: whether to keep pictures for a report. progress: called with the number of files done.
    """
    smear_reader = SmearReader(reader, detector, pictures)
    files: list[ReadPhoto | Unreadable] = []
    for batch in in_batches(items, lambda item: item):
        read_photos = iter(smear_reader.read([item for item in batch if isinstance(item, Photo)]))
        files += [next(read_photos) if isinstance(item, Photo) else item for item in batch]
        if progress:
            progress(len(files))
    return smear_of(files, reader, detector, details, overlaps=smear_reader.overlaps)


def confusion_of(checkpoint: Checkpoint) -> Confusion | None:
    """A model's confusion on its own validation cells; None where their predictions are not at hand."""
    try:
        return Confusion.of(checkpoint.predictions().select(source=checkpoint.card.trained.source, split="val"))
    except CheckpointError:
        return None


@dataclass(frozen=True, eq=False)
class ReadPhoto:
    """One photo with the cells that were found and read in it, before any of them has the number of its photo."""

    photo: CountedPhoto
    cells: tuple[CountedCell, ...]

    @property
    def name(self) -> str:
        return self.photo.name

    @property
    def fingerprint(self) -> str:
        return self.photo.fingerprint


_PhotoKey = tuple[str, float | None]
"""A photo's fingerprint, and the µm a pixel that are known of it."""


@dataclass
class SmearReader:
    """Finds and reads the cells of photos, a batch at a time; a photo that was read before is not read again.

    pictures: whether to keep pictures for a report. Of all that it reads, so many fields as a report shows and
    MOST_OVERLAYS cells in doubt get theirs.
    """

    reader: Reader
    detector: Detector
    pictures: bool = True
    overlaps: OverlapFinder = dataclasses.field(default_factory=OverlapFinder)
    _read_photos: dict[_PhotoKey, ReadPhoto] = dataclasses.field(default_factory=dict)
    _framed: dict[tuple[str, Box, bool, float | None], CountedCell] = dataclasses.field(default_factory=dict)
    _overlays: int = 0
    _previews: dict[bool, int] = dataclasses.field(default_factory=lambda: {True: 0, False: 0})

    def read(self, photos: Sequence[Photo]) -> list[ReadPhoto]:
        """What is in each photo, in order; all cells in as few batches as can be. photos: that fit into memory."""
        keys = [(fingerprint(photo), photo.micrometres_per_pixel) for photo in photos]
        by_key = dict(zip(keys, photos, strict=True))
        self._read_new({key: photo for key, photo in by_key.items() if key not in self._read_photos})
        return [self._renamed(key, photo) for key, photo in zip(keys, photos, strict=True)]

    def _renamed(self, key: _PhotoKey, photo: Photo) -> ReadPhoto:
        """What was read of these pixels, under the name of this photo and with what was done to it."""
        read_photo = self._read_photos[key]
        counted = replace(read_photo.photo, name=photo.name, changes=photo.changes, label=photo.label)
        return replace(read_photo, photo=counted)

    def _read_new(self, photos: dict[_PhotoKey, Photo]) -> None:
        fields = FieldReader(self.reader, self.detector).read(list(photos.values()))
        for (key, photo), field in zip(photos.items(), fields, strict=True):
            self._read_photos[key] = self._read_photo(photo, field, key[0])
            self.overlaps.add(key[0], photo.pixels, single=field.field.single_cell)

    def _read_photo(self, photo: Photo, read: ReadField, key: str) -> ReadPhoto:
        cells = [
            self.read_cell(photo, cell.number, cell.detection, cell.reading)
            if cell.reading
            else CountedCell(0, cell.number, cell.detection)
            for cell in read.cells
        ]
        remarks = [reading.quality.remarks if reading.quality else () for reading in read.readings]
        preview = self._preview(photo, read.field, doubtful=any(cell.doubtful for cell in cells))
        counted = CountedPhoto(
            number=0,
            name=photo.name,
            field=read.field,
            fingerprint=key,
            preview=preview,
            changes=photo.changes,
            quality=common_remarks(remarks),
            missing=read.field.missing,
            colours=read.colours,
            label=photo.label,
            clumps=clumps(photo.pixels, read.field),
            look=None if read.field.single_cell else look_of(photo.pixels, read.field.cells),
        )
        return ReadPhoto(counted, tuple(cells))

    def read_cell(self, photo: Photo, number: int, detection: Detection, reading: Reading) -> CountedCell:
        """A cell with what was read of it, and its pictures where those are kept."""
        cell = CountedCell(0, number, detection, reading.box, reading.probabilities, reading.distance, reading.verdict)
        if not self.pictures:
            return cell
        crop = cut(photo.pixels, reading.box, CROP)
        if not cell.doubtful or self._overlays >= MOST_OVERLAYS:
            return replace(cell, crop=crop)
        self._overlays += 1
        method = quick_method_of(self.reader.checkpoint)
        explanation = self.reader.explain(photo, reading.box, method.name, reading.label)
        return replace(cell, crop=crop, overlay=overlay(crop, explanation.map.values, OPACITY))

    def framed(self, addition: Addition, photo: CountedPhoto, photo_of: Callable[[int], Photo]) -> CountedCell:
        """A cell that a person framed in a photo, as if the detector had found it there; read only once."""
        key = photo.fingerprint, addition.box, addition.called == PLATELET, photo.field.scale
        if key not in self._framed:
            self._framed[key] = self._read_box(addition, photo.field, photo_of)
        return replace(self._framed[key], photo=addition.photo, corrected=addition.called, added=True)

    def _read_box(self, addition: Addition, field: Field, photo_of: Callable[[int], Photo]) -> CountedCell:
        box = addition.box
        is_cut = box.left <= 0 or box.top <= 0 or box.right >= field.width or box.bottom >= field.height
        if addition.called == PLATELET:
            return CountedCell(0, 0, Detection(box, "platelet", 1.0, is_cut))
        detection, photo = Detection(box, "white", 1.0, is_cut), photo_of(addition.photo)
        (reading,) = self.reader.read([photo], [reading_window(detection, field)])
        return self.read_cell(photo, 0, detection, reading)

    def _preview(self, photo: Photo, field: Field, *, doubtful: bool) -> np.ndarray | None:
        """A smaller picture for the report, of no more fields than it shows."""
        if not self.pictures or field.single_cell or self._previews[doubtful] >= MOST_FIGURES:
            return None
        self._previews[doubtful] += 1
        return smaller(photo.pixels)


def with_corrections(
    smear: Smear, corrections: Corrections, smear_reader: SmearReader, photo_of: Callable[[int], Photo]
) -> Smear:
    """The smear as a person corrects it: cells that were added are read like any other, then all are renamed.

    photo_of: the pixels of the photo of a number. CorrectionError where something fits no photo, cell or class.
    """
    photos = {photo.number: photo for photo in smear.photos}
    for addition in corrections.added:
        photo = photos.get(addition.photo)
        if photo is None or not _within(addition.box, photo.field):
            raise CorrectionError(f"An added cell does not lie in photo {addition.photo}, or there is no such photo.")
    smear = smear.with_added(
        smear_reader.framed(addition, photos[addition.photo], photo_of) for addition in corrections.added
    )
    return counted_once(smear.with_corrections(corrections.called))


def _within(box: Box, field: Field) -> bool:
    x, y = box.centre
    return 0 <= x <= field.width and 0 <= y <= field.height


def smear_of(
    files: Iterable[ReadPhoto | Unreadable],
    reader: Reader,
    detector: Detector,
    details: SmearDetails = SmearDetails(),
    *,
    overlaps: OverlapFinder | None = None,
) -> Smear:
    """The smear that these photos make, in their order, numbered from 1; see count_smear.

    overlaps: what compared the photos, None where nothing did. A photo that shows nothing but what another shows is
    left out, with a note; a cell that two photos show is counted once.
    """
    files = list(files)
    read: dict[str, ReadPhoto] = {}
    for file in files:
        if isinstance(file, ReadPhoto):
            read.setdefault(file.fingerprint, file)
    found = [*overlaps.among(list(read))] if overlaps else []
    white = {key: sum(cell.detection.kind == "white" for cell in file.cells) for key, file in read.items()}
    copies = copies_among(found, white)
    numbers = {key: number for number, key in enumerate((key for key in read if key not in copies), 1)}
    common = tuple(
        PhotoOverlap(numbers[one], numbers[other], overlap.inverse.transform, overlap.shared)
        for one, other, overlap in found
        if one in numbers and other in numbers
    )
    photos = [
        replace(read[key].photo, number=number, overlapping=_overlapping(number, common))
        for key, number in numbers.items()
    ]
    smear = Smear(
        identifier=details.identifier or _identifier(photos),
        made=datetime.now(UTC).replace(microsecond=0),
        photos=tuple(photos),
        cells=tuple(replace(cell, photo=number) for key, number in numbers.items() for cell in read[key].cells),
        not_read=tuple(_left_out(files, copies, numbers)),
        models=_models(reader.checkpoint, detector, photos),
        confusion=confusion_of(reader.checkpoint),
        space=reader.checkpoint.space,
        by=details.by,
        red_cells=details.red_cells,
        overlaps=common,
    )
    return counted_once(smear)


def _left_out(
    files: Sequence[ReadPhoto | Unreadable], copies: Mapping[str, PhotoCopy], numbers: Mapping[str, int]
) -> Iterator[NotRead]:
    """Every file that is not counted, in order, and why."""
    met: set[str] = set()
    for file in files:
        if isinstance(file, Unreadable):
            yield NotRead(file.name, file.problem)
            continue
        copy = copies.get(file.fingerprint)
        if copy is not None:
            yield NotRead(file.name, copy.problem.format(numbers[copy.of]), twice=True)
        elif file.fingerprint in met:
            problem = same_picture().format(numbers[file.fingerprint])
            yield NotRead(file.name, problem, twice=True)
        met.add(file.fingerprint)


def _overlapping(number: int, common: Sequence[PhotoOverlap]) -> tuple[int, ...]:
    """The photos that overlap the one of that number."""
    pairs = [(both.first, both.second) for both in common]
    return tuple(sorted({other for pair in pairs if number in pair for other in pair} - {number}))


def _identifier(photos: list[CountedPhoto]) -> str:
    """The same for the same photos, whatever their names and order."""
    together = "".join(sorted(photo.fingerprint for photo in photos))
    return f"SL-{hashlib.sha256(together.encode()).hexdigest()[:8].upper()}"


def common_remarks(cells: Sequence[Sequence[QualityRemark]]) -> tuple[QualityRemark, ...]:
    """Remarks that are made of at least half of a photo's cells, each as of the first of them.

    Two remarks are the same where they are of one measure on one side of its range, whatever their figures.
    """
    same: dict[tuple[str, bool], list[QualityRemark]] = {}
    for remarks in cells:
        for remark in remarks:
            same.setdefault((remark.measure, remark.above), []).append(remark)
    return tuple(remarks[0] for remarks in same.values() if 2 * len(remarks) >= len(cells))


def _models(checkpoint: Checkpoint, detector: Detector, photos: list[CountedPhoto]) -> tuple[ModelFacts, ...]:
    """Every model that had a part, with its hash."""
    models = [_detector_facts(detector.identity)]
    if any(photo.field.single_cell for photo in photos):
        models.append(_facts_of("frames a single cell", open_checkpoint(checkpoints_folder() / LOCALIZER)))
    models.append(_facts_of("names cells", checkpoint))
    if checkpoint.ensemble:
        models += [_facts_of(f"member of {checkpoint.name}", member) for member, _ in checkpoint.members]
    return tuple(models)


def _facts_of(role: str, checkpoint: Checkpoint) -> ModelFacts:
    card = checkpoint.card
    return ModelFacts(role, card.name, card.title, card.sha256, card.limits)


def _detector_facts(identity: DetectorIdentity) -> ModelFacts:
    if identity.method == "network":
        try:
            checkpoint = open_detector(checkpoints_folder() / identity.checkpoint)
        except CheckpointError:
            checkpoint = None
        if checkpoint is not None and checkpoint.card.sha256 == identity.sha256:
            return _facts_of("finds cells", checkpoint)
    return ModelFacts("finds cells", "no model", detector_name(identity), "")
