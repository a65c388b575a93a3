"""Photos of one smear become a count, group by group: stopped at will, and nothing is looked at twice."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import streamlit as st

from app.shared import load, words
from app.shared.uploads import NumberedPhoto, Upload, batches, open_photo, photos_from, photos_in, time_left
from core.imaging.decoding import Photo
from core.imaging.loading import Unreadable

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint
    from core.differential.smear import Smear
    from core.inference.smear import ReadPhoto, SmearReader

QUEUE, HALTED, OPENED = "smear_queues", "smear_halted", "smear_opened"
REMEMBERED = 2
"""Photos of which the pixels are kept, the last ones asked for."""

FEW = 5
"""Files left out that are listed without being asked for."""


@dataclass(frozen=True)
class Place:
    """Where a photo is: in which upload, and its number there, from 0."""

    upload: Upload
    number: int


@dataclass(frozen=True, eq=False)
class CountedSmear:
    """A smear with what is needed to look closer. places: of its photos, in order. whole: all photos are counted."""

    smear: "Smear"
    smear_reader: "SmearReader"
    places: tuple[Place, ...]
    whole: bool

    def photo(self, number: int) -> Photo:
        """The pixels of the photo of that number, opened again from the upload."""
        return opened(self.places[number - 1])


@dataclass
class _Queue:
    """What one model has read so far in one way of looking. read: by upload, its photos in order."""

    smear_reader: "SmearReader"
    read: dict[str, list["ReadPhoto | Unreadable"]] = field(default_factory=dict)
    finished: set[str] = field(default_factory=set)


def count(
    uploads: Sequence[Upload], checkpoint: "Checkpoint", *, single: bool, example: bool = False
) -> CountedSmear | None:
    """The smear of these photos, as far as they are counted; shows progress, and what a stop left over.

    single: every photo is taken to show one cell. example: the photos come along with Smearlens, and one visitor's
    count of them serves all. None where nothing is counted yet.
    """
    queue = _queue(uploads, checkpoint, single=single, example=example)
    waiting = [upload for upload in uploads if upload.id not in queue.finished]
    if waiting and not st.session_state.get(HALTED):
        _read_waiting(waiting, queue)
        waiting = []
        if example:
            _examples(checkpoint.card.sha256)[tuple(queue.read)] = queue
    if waiting:
        _halted(uploads, queue)
    return _so_far(uploads, queue, whole=not waiting)


@st.cache_resource(max_entries=4, show_spinner=False)
def _examples(sha256: str) -> dict[tuple[str, ...], _Queue]:
    """What the model of that sha256 read of examples for anybody, by their uploads. Never a visitor's own photos."""
    return {}


def _queue(uploads: Sequence[Upload], checkpoint: "Checkpoint", *, single: bool, example: bool) -> _Queue:
    """This session's memory; photos that were taken away are forgotten, and so is how another model saw them.

    Examples have a queue apart from a visitor's own photos: what is read of those stays in their session.
    """
    ids = tuple(upload.id for upload in uploads) if example else ()
    key = checkpoint.card.sha256, single, ids
    last = st.session_state.get(QUEUE)
    if last is None or last[0] != key:
        queue = _examples(checkpoint.card.sha256).get(ids)
        if queue is None:
            from core.detection.detector import SingleCellDetector
            from core.inference.smear import SmearReader

            detector = SingleCellDetector() if single else load.detector()
            queue = _Queue(SmearReader(load.reader(checkpoint), detector))
        st.session_state[QUEUE] = last = key, queue
        st.session_state[HALTED] = False
    queue = last[1]
    for gone in set(queue.read) - {upload.id for upload in uploads}:
        del queue.read[gone]
        queue.finished.discard(gone)
    return queue


def _read_waiting(waiting: Sequence[Upload], queue: _Queue) -> None:
    """Read what is waiting. A click on Stop ends the script between two groups, and what was read is kept."""
    total = sum(max(photos_in(upload), len(queue.read.get(upload.id, []))) for upload in waiting)
    before = done = sum(len(queue.read.get(upload.id, [])) for upload in waiting)
    place = st.container(horizontal=True, vertical_alignment="center")
    bar = place.progress(done / max(1, total), "Opening the files …")
    stop = place.empty()
    stop.button("Stop", key="smear-stop", icon=":material/stop_circle:", on_click=_halt, kwargs={"on": True})
    start = time.monotonic()
    for batch in batches(_unread(waiting, queue)):
        _read(batch, queue)
        done += len(batch)
        pace = (time.monotonic() - start) / (done - before)
        total = max(done, total)
        left = time_left(pace, total - done)
        bar.progress(done / total, f"Counted {done:,} of {words.count(total, 'photo')}, {left}.")
    queue.finished |= {upload.id for upload in waiting}
    bar.empty()
    stop.empty()


def _unread(waiting: Sequence[Upload], queue: _Queue) -> Iterator[NumberedPhoto]:
    for upload in waiting:
        yield from photos_from(upload, len(queue.read.setdefault(upload.id, [])))


def _read(batch: Sequence[NumberedPhoto], queue: _Queue) -> None:
    read_photos = iter(queue.smear_reader.read([photo for _, _, photo in batch if isinstance(photo, Photo)]))
    for upload, _, photo in batch:
        queue.read[upload.id].append(next(read_photos) if isinstance(photo, Photo) else photo)


def _halt(*, on: bool) -> None:
    st.session_state[HALTED] = on


def _halted(uploads: Sequence[Upload], queue: _Queue) -> None:
    done = sum(len(queue.read.get(upload.id, [])) for upload in uploads)
    total = max(done, sum(photos_in(upload) for upload in uploads))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.info(
            f"Stopped: {done:,} of {words.count(total, 'photo')} are counted; what follows covers only these.",
            icon=":material/pause_circle:",
        )
        st.button("Go on", key="smear-go-on", icon=":material/play_circle:", on_click=_halt, kwargs={"on": False})


def _so_far(uploads: Sequence[Upload], queue: _Queue, *, whole: bool) -> CountedSmear | None:
    from core.inference.smear import smear_of

    read = [(upload, number, photo) for upload in uploads for number, photo in enumerate(queue.read.get(upload.id, []))]
    if not read:
        return None
    places: dict[str, Place] = {}
    for upload, number, photo in read:
        if not isinstance(photo, Unreadable):
            places.setdefault(photo.fingerprint, Place(upload, number))
    smear_reader = queue.smear_reader
    smear = smear_of(
        [photo for _, _, photo in read], smear_reader.reader, smear_reader.detector, overlaps=smear_reader.overlaps
    )
    return CountedSmear(smear, smear_reader, tuple(places[photo.fingerprint] for photo in smear.photos), whole)


def opened(place: Place) -> Photo:
    """The photo in its place in an upload."""
    photos: dict[tuple[str, int], Photo] = st.session_state.setdefault(OPENED, {})
    key = place.upload.id, place.number
    if key not in photos:
        with st.spinner("Opening the photo …"):
            photos[key] = open_photo(place.upload, place.number)
        for old in list(photos)[:-REMEMBERED]:
            del photos[old]
    return photos[key]


def left_out(smear: "Smear") -> None:
    """Which files were not counted, and why."""
    number = len(smear.not_read)
    if not number:
        return
    with st.expander(
        words.lost(number, number + len(smear.photos), f"{'was' if number == 1 else 'were'} left out", "counted"),
        icon=":material/report:",
        expanded=number <= FEW,
    ):
        st.markdown("\n".join(f"- {words.plain(file.reason)}" for file in smear.not_read))
