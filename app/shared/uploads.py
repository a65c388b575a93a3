"""Uploaded files become readings, batch by batch, and are not read again while the page is in use."""

import hashlib
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from app.shared import load
from app.shared.examples import note_of
from app.shared.reading import framing
from app.shared.words import count
from core.imaging.decoding import Photo
from core.imaging.loading import Unreadable, in_batches, photo_count, unpack
from core.imaging.opening import AS_THEY_ARE, Opening
from core.imaging.wording import missing_sentence

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint
    from core.inference.photos import FieldReader, ReadField
    from core.inference.reader import Reading

BATCH = 16
READINGS = "kept_readings"
LAST_PHOTO = "shown_photo"


@dataclass(frozen=True)
class Upload:
    """A file as it was dropped. id: of its name, its content, and how it is to be opened."""

    id: str
    name: str
    data: bytes = field(repr=False)
    opening: Opening = AS_THEY_ARE


@dataclass(frozen=True)
class Item:
    """One photo of an upload: its reading, or the sentence why there is none.

    note: what must be said of it first, where it is no photograph. found: all that was read in the photo; of a field,
    `reading` is that of one of its cells.
    """

    upload: str
    number: int
    name: str
    reading: "Reading | None" = None
    reason: str = ""
    note: str = ""
    found: "ReadField | None" = None

    @property
    def photo_id(self) -> str:
        return f"{self.upload}-{self.number}"

    @property
    def id(self) -> str:
        """The same for the same cell."""
        return f"{self.photo_id}-{self.cell}" if self.found and not self.found.field.single_cell else self.photo_id

    @property
    def cell(self) -> int:
        """Number of the cell in its photo."""
        return self.reading.cell if self.reading else 0

    @property
    def choice(self) -> str:
        """Where the session keeps which cell of a field a person chose."""
        return f"cell-of-{self.photo_id}"


@dataclass
class _UploadReadings:
    """What one checkpoint has read so far of one upload."""

    items: list[Item] = field(default_factory=list)
    finished: bool = False


NumberedPhoto = tuple[Upload, int, Photo | Unreadable]
"""A photo of an upload with its number in it, from 0."""


def uploads_of(files: Iterable[Any], opening: Opening = AS_THEY_ARE) -> list[Upload]:
    """The dropped files, each once."""
    uploads = {}
    for file in files:
        data = file.getvalue()
        how = b"" if opening == AS_THEY_ARE else repr(opening).encode()
        id_ = hashlib.sha256(file.name.encode("utf-8", "replace") + b"\0" + how + data).hexdigest()[:20]
        uploads[id_] = Upload(id_, file.name, data, opening)
    return list(uploads.values())


def read_all(uploads: list[Upload], checkpoint: "Checkpoint") -> list[Item]:
    """Every photo in the uploads, in order. Shows progress; what was read before is remembered."""
    readings = _readings(uploads, checkpoint)
    waiting = [upload for upload in uploads if not readings[upload.id].finished]
    if waiting:
        _read(waiting, readings, checkpoint)
    items = [item for upload in uploads for item in readings[upload.id].items]
    return [_corrected(item, uploads, checkpoint) for item in items]


def _readings(uploads: list[Upload], checkpoint: "Checkpoint") -> dict[str, _UploadReadings]:
    """This session's readings by one checkpoint, by upload; those of files that were taken away are forgotten."""
    by_upload = st.session_state.setdefault(READINGS, {})
    ids = {upload.id for upload in uploads}
    for key in [key for key in by_upload if key[0] not in ids]:
        del by_upload[key]
    return {id_: by_upload.setdefault((id_, checkpoint.card.sha256), _UploadReadings()) for id_ in ids}


def _read(waiting: list[Upload], readings: dict[str, _UploadReadings], checkpoint: "Checkpoint") -> None:
    from core.inference.photos import FieldReader  # loads torch

    field_reader = FieldReader(load.reader(checkpoint), load.detector())
    total = sum(photos_in(upload) for upload in waiting)
    before = done = sum(len(readings[upload.id].items) for upload in waiting)
    bar, start = st.progress(0.0, "Opening the files …"), time.monotonic()
    for batch in batches(_unread(waiting, readings)):
        for item in read_batch(field_reader, batch):
            readings[item.upload].items.append(item)
        done += len(batch)
        pace = (time.monotonic() - start) / (done - before)
        bar.progress(min(done / max(total, done), 1.0), progress_text(done, max(total, done), pace))
    for upload in waiting:
        readings[upload.id].finished = True
    bar.empty()


def progress_text(done: int, total: int, pace: float) -> str:
    """pace: seconds a photo."""
    return f"Read {done:,} of {count(total, 'photo')}, {time_left(pace, total - done)}."


def time_left(pace: float, waiting: int) -> str:
    """pace: seconds a photo."""
    seconds = pace * waiting
    return f"about {seconds / 60:.0f} min left" if seconds > 90 else f"about {seconds:.0f} s left"


def photos_in(upload: Upload) -> int:
    """How many files an upload holds, roughly: for the progress bar alone."""
    return photo_count(upload.data)


def _unread(waiting: list[Upload], readings: dict[str, _UploadReadings]) -> Iterator[NumberedPhoto]:
    """What is not read yet; a read that was interrupted goes on where it stopped."""
    for upload in waiting:
        yield from photos_from(upload, len(readings[upload.id].items))


def photos_from(upload: Upload, first: int) -> Iterator[NumberedPhoto]:
    """The photos of an upload from that number on."""
    generated = bool(note_of(upload.data))
    for number, photo in enumerate(unpack(upload.name, upload.data, upload.opening)):
        if number >= first:
            yield upload, number, replace(photo, generated=generated) if isinstance(photo, Photo) else photo


def batches(photos: Iterable[NumberedPhoto]) -> Iterator[list[NumberedPhoto]]:
    """So many photos at a time as memory may hold and the progress bar is to move."""
    return in_batches(photos, lambda numbered: numbered[2], most=BATCH)


def read_batch(reader: "FieldReader", batch: list[NumberedPhoto]) -> list[Item]:
    """One item for each, in order, by one call of the reader."""
    fields = iter(reader.read([photo for _, _, photo in batch if isinstance(photo, Photo)]))
    return [
        _item(upload, number, photo.name, next(fields))
        if isinstance(photo, Photo)
        else Item(upload.id, number, photo.name, reason=photo.reason)
        for upload, number, photo in batch
    ]


def _item(upload: Upload, number: int, name: str, found: "ReadField") -> Item:
    """A photo by its foremost cell, or with the sentence that there is none."""
    reading = found.foremost
    reason = "" if reading else f"{name}: {missing_sentence(found.field)}"
    return Item(upload.id, number, name, reading, reason, note_of(upload.data), found)


def photo_of(item: Item, uploads: list[Upload]) -> Photo:
    """The pixels behind an item; the last one asked for is remembered."""
    last = st.session_state.get(LAST_PHOTO)
    if last is None or last[0] != item.photo_id:
        upload = next(upload for upload in uploads if upload.id == item.upload)
        with st.spinner("Opening the photo …"):
            last = item.photo_id, open_photo(upload, item.number)
        st.session_state[LAST_PHOTO] = last
    photo: Photo = last[1]
    return photo


def open_photo(upload: Upload, number: int) -> Photo:
    """The photo of that number in an upload, from 0, which could be read before."""
    _, _, photo = next(photos_from(upload, number))
    assert isinstance(photo, Photo)
    return photo


def _corrected(item: Item, uploads: list[Upload], checkpoint: "Checkpoint") -> Item:
    """The item as of the cell that a person chose, and read in the box that a person set, where one was."""
    chosen = st.session_state.get(item.choice)
    if item.found and chosen is not None:
        item = replace(item, reading=item.found.cells[chosen - 1].reading)
    box = framing.box_by_hand(item.id)
    if box is None or item.reading is None:
        return item
    reading = framing.read_in(item.id, photo_of(item, uploads), box, checkpoint)
    return replace(item, reading=replace(reading, cell=item.cell))
