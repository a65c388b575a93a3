"""Whether anything that was acknowledged is lost when a writer is killed, and how long an event takes to save.

A writer is a process of its own that adds events to a case, one at a time or several together, and now and then a
photo, and says after each what is saved. It is killed (SIGKILL) after a time drawn by chance. What it said is then
looked for, and the chain verified.
This is about processes: what a disk loses that says it has written, no process can find out.
"""

import itertools
import multiprocessing
import os
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from core.cases.events import CellPlace, EventDraft, EventKind
from core.cases.store import open_store
from core.errors import SmearlensError
from core.evaluation.intervals import wilson
from core.experiments.benchmarks import BENCHMARKS, Benchmark, Order, Rows
from core.experiments.throwaway_postgresql import running
from core.imaging.decoding import Photo
from core.imaging.windows import Box
from core.labels import PBC8
from core.progress import Progress, silent
from core.settings import records_folder
from core.storage import write_json

SIDE = 64
"""Of a photo, pixels."""

KILLS = 200
"""Of each database, unless another number is asked for."""

LONGEST_S = 0.3
"""Seconds, the longest that a writer is left alive after it first said that it had saved something."""

TOGETHER = 5
"""Every so many saves one is of as many events at once, as when a class is confirmed."""

PHOTO_EVERY = 7
"""Every so many saves a photo is saved, too."""

TIMED = 300
"""Events that are timed, one save each."""

WARM_UP_S = 60.0
"""Seconds within which a writer has to say something."""


def drafts(number: int) -> list[EventDraft]:
    """What a writer saves after its `number`th save: a cell is named, or several are confirmed."""
    several = TOGETHER if number % TOGETHER == 0 else 1
    events = []
    for each in range(several):
        left = 60.0 * ((number + each) % 50)
        place = CellPlace.of("0" * 64, Box(left, 10, left + 50, 60))
        label = PBC8.keys[(number + each) % len(PBC8)]
        kind = EventKind.CONFIRMED if several > 1 else EventKind.NAMED
        events.append(EventDraft(kind=kind, photo=place.photo, box=place.edges, what=label))
    return events


def write_until_killed(folder: Path, url: str | None, case: str, acknowledged: Connection) -> None:
    """Save events and photos, and say after each save the number of the last event, or the photo's fingerprint."""
    store = open_store(folder, url)
    number, rng = store.journal.last(case), np.random.default_rng()
    for save in itertools.count(1):
        number = store.journal.append(case, drafts(number), who="writer", expected=number)[-1].number
        acknowledged.send(number)
        if save % PHOTO_EVERY == 0:
            photo = Photo("noise", rng.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8))
            acknowledged.send(store.add_photo(case, photo).fingerprint)


@dataclass
class Acknowledged:
    """What writers said that they had saved. last: number of the last event. photos: by fingerprint."""

    last: int = 0
    photos: list[str] = field(default_factory=list)

    def take(self, message: int | str) -> None:
        """Of a writer."""
        if isinstance(message, str):
            self.photos.append(message)
        else:
            self.last = message


def kill_one(folder: Path, url: str | None, case: str, wait_s: float, acknowledged: Acknowledged) -> None:
    """Start a writer, kill it so long after its first save, and take in what it said."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    ours, theirs = context.Pipe(duplex=False)
    writer = context.Process(target=write_until_killed, args=(folder, url, case, theirs), daemon=True)
    writer.start()
    theirs.close()
    if not ours.poll(WARM_UP_S) or writer.pid is None:
        writer.kill()
        raise SmearlensError("A writer of events did not begin.")
    time.sleep(wait_s)
    os.kill(writer.pid, signal.SIGKILL)
    writer.join()
    with suppress(EOFError, OSError):
        while True:
            acknowledged.take(ours.recv())


def kill_writers(
    folder: Path, url: str | None, kills: int, *, seed: int = 0, progress: Progress = silent
) -> dict[str, Any]:
    """Kill so many writers of one case; what was lost of what they acknowledged, and how often the chain was broken.

    saved_unheard: events that were saved and whose writer was killed before it could say so. broken_at_most: upper end
    of the interval (Wilson) of the share of kills that break a chain.
    """
    store, rng = open_store(folder, url), np.random.default_rng(seed)
    case, acknowledged = store.create("Killed writers").id, Acknowledged()
    lost = broken = more = 0
    for number in range(1, kills + 1):
        kill_one(folder, url, case, float(rng.uniform(0, LONGEST_S)), acknowledged)
        report = store.journal.verify(case)
        lost += max(0, acknowledged.last - report.events)
        more += max(0, report.events - acknowledged.last)
        broken += report.broken is not None
        progress(number, kills)
    there = {photo.fingerprint for photo in store.photos_of(case)}
    return {
        "kills": kills,
        "events": acknowledged.last,
        "lost_events": lost,
        "broken_chains": broken,
        "photos": len(acknowledged.photos),
        "lost_photos": len(set(acknowledged.photos) - there) + len(store.photo_problems(case)),
        "saved_unheard": more,
        "broken_at_most": round(wilson(broken, kills).high, 4),
    }


def seconds_an_event(folder: Path, url: str | None, events: int = TIMED) -> np.ndarray:
    """How long each of so many saves of one event took, seconds."""
    store = open_store(folder, url)
    case, taken = store.create("Timed").id, []
    for number in range(events):
        begin = time.perf_counter()
        store.journal.append(case, drafts(1), who="writer", expected=number)
        taken.append(time.perf_counter() - begin)
    return np.array(taken)


@contextmanager
def _postgresql(order: Order) -> Iterator[str | None]:
    """The address of a server of our own, None where there cannot be one."""
    try:
        with running() as server:
            yield server.url
    except SmearlensError as error:
        order.say(str(error))
        yield None


def measure(folder: Path, url: str | None, kills: int, progress: Progress = silent) -> dict[str, Any]:
    """One row: what was lost of it all, and what a save takes (median and 95th percentile, milliseconds)."""
    row = kill_writers(folder, url, kills, progress=progress)
    taken = 1000 * seconds_an_event(folder, url)
    return row | {
        "event_ms": round(float(np.median(taken)), 2),
        "event_ms_95": round(float(np.percentile(taken, 95)), 2),
    }


def record_path() -> Path:
    """Where what was measured is kept."""
    return records_folder() / "cases" / "killed.json"


def _run(order: Order) -> Rows:
    rows = []
    with tempfile.TemporaryDirectory() as name, order.bar("SQLite") as progress:
        rows.append({"database": "SQLite"} | measure(Path(name), None, order.limit or KILLS, progress))
    with _postgresql(order) as url, tempfile.TemporaryDirectory() as name:
        if url:
            with order.bar("PostgreSQL") as progress:
                rows.append({"database": "PostgreSQL"} | measure(Path(name), url, order.limit or KILLS, progress))
    if order.keep:
        write_json(record_path(), {"rows": rows})
    return rows


BENCHMARKS.add(Benchmark("cases", 13, "what is lost of a case when its writer is killed", _run, keeps=True))
