"""Photos of one smear become a count, group by group: stopped at will, and nothing is looked at twice."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import streamlit as st

from app.shared import load, words
from app.shared.uploads import NumberedPhoto, Upload, batches, photos_in, time_left
from core.imaging.decoding import Photo
from core.imaging.loading import Unreadable, unpack

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint
    from core.differential.smear import Smear
    from core.inference.smear import ReadPhoto, SmearReader

QUEUES, HALTED, OPENED = "smear_queues", "smear_halted", "smear_opened"
REMEMBERED = 2
"""Photos of which the pixels are kept, the last ones asked for."""


@dataclass(frozen=True)
class Place:
    """Where a photo is: in which upload, and the how manieth of it."""

    upload: Upload
    number: int


@dataclass(frozen=True, eq=False)
class SmearOnPage:
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
    """What is known so far for one model and one way of looking. seen: by upload, its photos in order."""

    smear_reader: "SmearReader"
    seen: dict[str, list["ReadPhoto | Unreadable"]] = field(default_factory=dict)
    finished: set[str] = field(default_factory=set)


def count(uploads: Sequence[Upload], checkpoint: "Checkpoint", single: bool) -> SmearOnPage | None:
    """The smear of these photos, as far as they are counted; shows progress, and what a stop left over.

    single: every photo is taken to show one cell. None where nothing is counted yet.
    """
    queue = _queue(uploads, checkpoint, single)
    waiting = [upload for upload in uploads if upload.id not in queue.finished]
    if waiting and not st.session_state.get(HALTED):
        _work(waiting, queue)
        waiting = []
    if waiting:
        _halted(uploads, queue)
    return _so_far(uploads, queue, not waiting)


def _queue(uploads: Sequence[Upload], checkpoint: "Checkpoint", single: bool) -> _Queue:
    """This session's memory; photos that were taken away are forgotten, and so is how another model saw them."""
    key = checkpoint.card.sha256, single
    kept = st.session_state.get(QUEUES)
    if kept is None or kept[0] != key:
        from core.detection.detector import SingleCellDetector
        from core.inference.smear import SmearReader

        detector = SingleCellDetector() if single else load.detector()
        st.session_state[QUEUES] = kept = key, _Queue(SmearReader(load.reader(checkpoint), detector))
        st.session_state[HALTED] = False
    queue: _Queue = kept[1]
    for gone in set(queue.seen) - {upload.id for upload in uploads}:
        del queue.seen[gone]
        queue.finished.discard(gone)
    return queue


def _work(waiting: Sequence[Upload], queue: _Queue) -> None:
    """Look at what is waiting. A click on Stop ends the script between two groups, and what was seen is kept."""
    total = sum(max(photos_in(upload), len(queue.seen.get(upload.id, []))) for upload in waiting)
    before = done = sum(len(queue.seen.get(upload.id, [])) for upload in waiting)
    place = st.container(horizontal=True, vertical_alignment="center")
    bar = place.progress(done / max(1, total), "Opening the files …")
    stop = place.empty()
    stop.button("Stop", key="smear-stop", icon=":material/stop_circle:", on_click=_halt, args=(True,))
    start = time.monotonic()
    for batch in batches(_found(waiting, queue)):
        _see(batch, queue)
        done += len(batch)
        pace = (time.monotonic() - start) / (done - before)
        total = max(done, total)
        left = time_left(pace, total - done)
        bar.progress(done / total, f"Counted {done:,} of {words.count(total, 'photo')}, {left}.")
    queue.finished |= {upload.id for upload in waiting}
    bar.empty()
    stop.empty()


def _found(waiting: Sequence[Upload], queue: _Queue) -> Iterator[NumberedPhoto]:
    for upload in waiting:
        known = len(queue.seen.setdefault(upload.id, []))
        for number, photo in enumerate(unpack(upload.name, upload.data)):
            if number >= known:
                yield upload, number, photo


def _see(batch: Sequence[NumberedPhoto], queue: _Queue) -> None:
    seen = iter(queue.smear_reader.read([photo for _, _, photo in batch if isinstance(photo, Photo)]))
    for upload, _, photo in batch:
        queue.seen[upload.id].append(next(seen) if isinstance(photo, Photo) else photo)


def _halt(on: bool) -> None:
    st.session_state[HALTED] = on


def _halted(uploads: Sequence[Upload], queue: _Queue) -> None:
    done = sum(len(queue.seen.get(upload.id, [])) for upload in uploads)
    total = max(done, sum(photos_in(upload) for upload in uploads))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.info(
            f"Stopped: {done:,} of {words.count(total, 'photo')} are counted, and what follows is of these.",
            icon=":material/pause_circle:",
        )
        st.button("Go on", key="smear-go-on", icon=":material/play_circle:", on_click=_halt, args=(False,))


def _so_far(uploads: Sequence[Upload], queue: _Queue, whole: bool) -> SmearOnPage | None:
    from core.inference.smear import smear_of

    seen = [one for upload in uploads for one in queue.seen.get(upload.id, [])]
    if not seen:
        return None
    first: dict[str, Place] = {}
    for upload in uploads:
        for number, one in enumerate(queue.seen.get(upload.id, [])):
            if not isinstance(one, Unreadable):
                first.setdefault(one.fingerprint, Place(upload, number))
    smear = smear_of(seen, queue.smear_reader.reader, queue.smear_reader.detector)
    return SmearOnPage(smear, queue.smear_reader, tuple(first.values()), whole)


def opened(place: Place) -> Photo:
    """The photo in its place in an upload."""
    kept: dict[tuple[str, int], Photo] = st.session_state.setdefault(OPENED, {})
    key = place.upload.id, place.number
    if key not in kept:
        with st.spinner("Opening the photo …"):
            photos = enumerate(unpack(place.upload.name, place.upload.data))
            photo = next(photo for number, photo in photos if number == place.number)
        assert isinstance(photo, Photo)
        kept[key] = photo
        for old in list(kept)[:-REMEMBERED]:
            del kept[old]
    return kept[key]


def left_out(smear: "Smear") -> None:
    """Which files were not counted, and why."""
    if not smear.not_read:
        return
    with st.expander(
        f"{words.count(len(smear.not_read), 'file was', 'files were')} left out; the others are not touched by it",
        icon=":material/report:",
        expanded=len(smear.not_read) <= 5,
    ):
        st.markdown("\n".join(f"- {words.plain(lost.reason)}" for lost in smear.not_read))
