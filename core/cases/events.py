"""What people did in a case: events that are only ever added to, each bound to the one before it by its hash."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import Field

from core.errors import CaseError
from core.imaging.windows import Box, overlap
from core.reports.corrections import SAME_PLACE
from core.storage import StoredModel

LONGEST = 2_000
"""Letters of a note, and of whatever else an event says."""


class EventKind(StrEnum):
    """What a person can do. what: see Event."""

    NAMED = "named"
    """The cell is of a class. what: its key."""
    CONFIRMED = "confirmed"
    """The cell is what the model said. what: that class."""
    UNIDENTIFIED = "unidentified"
    """A person looked, and does not know what it is."""
    NOT_CLASSED = "not classed"
    """It is no cell that is counted: damaged, badly stained, an artefact."""
    REMOVED = "removed"
    """There is no cell."""
    ADDED = "added"
    """There is a cell where none was found. what: its class, "" where that is to be named."""
    CLASS_ADDED = "class added"
    """The case has a class of its own. what: its name, which is its key too."""
    UNDONE = "undone"
    """An event counts no more. what: its number. photo, box: those of that event."""
    REDONE = "redone"
    """An event that was undone counts again. what: its number. photo, box: as above."""
    SIGNED = "signed"
    """The reader answers for all cells."""
    NOTED = "noted"
    """what: the note."""


OF_CELLS = frozenset(
    {
        EventKind.NAMED,
        EventKind.CONFIRMED,
        EventKind.UNIDENTIFIED,
        EventKind.NOT_CLASSED,
        EventKind.REMOVED,
        EventKind.ADDED,
    }
)
"""Kinds that are of one cell, and can be undone."""


@dataclass(frozen=True)
class CellPlace:
    """A cell by content and place, as saved tables have it. photo: the hash of its pixels. box: in its pixels."""

    photo: str
    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def of(cls, photo: str, box: Box) -> "CellPlace":
        """Edges to a tenth of a pixel, as they are written everywhere."""
        return cls(photo, *(round(edge, 1) for edge in box.as_tuple()))

    @property
    def box(self) -> Box:
        return Box(self.left, self.top, self.right, self.bottom)

    @property
    def edges(self) -> str:
        """The box as events hold it: "12.0 3.5 80.0 71.2"."""
        return " ".join(f"{edge:.1f}" for edge in (self.left, self.top, self.right, self.bottom))


class EventDraft(StoredModel):
    """An event that is not saved yet.

    kind: see EventKind, and so is what. photo, box: of the cell, "" where it is of none. before: what the cell was
    held to be until then. checkpoint: sha256 of the model whose answer the person had before them, "" without one.
    """

    kind: EventKind
    photo: str = Field(default="", max_length=64)
    box: str = Field(default="", max_length=64)
    what: str = Field(default="", max_length=LONGEST)
    before: str = Field(default="", max_length=LONGEST)
    checkpoint: str = Field(default="", max_length=64)

    @property
    def place(self) -> CellPlace | None:
        """The cell that it is of, None where it is of none."""
        if not self.box:
            return None
        left, top, right, bottom = (float(edge) for edge in self.box.split())
        return CellPlace(self.photo, left, top, right, bottom)


LONGEST_WHO = 200
"""Letters of a person's name."""

HASHED = (
    "case",
    "number",
    "at",
    "who",
    "seat",
    "kind",
    "photo",
    "box",
    "what",
    "before",
    "checkpoint",
    "previous",
)
"""What an event's hash is of, for good: with another list the events that are there would not fit theirs."""


class Event(EventDraft):
    """What a person did, as it is saved.

    case: its id. number: from 1, without gaps. at: UTC, ISO 8601. who: the person. seat: as reader 1 or 2.
    previous: hash of the event before it, of the first one that of the case. hash: of all of this but itself.
    """

    case: str
    number: int = Field(ge=1)
    at: str
    who: str = Field(min_length=1, max_length=LONGEST_WHO)
    seat: int = Field(ge=1, le=2)
    previous: str
    hash: str

    def computed(self) -> str:
        """The hash that its content has."""
        values = self.model_dump(mode="json")
        return hash_of({name: values[name] for name in HASHED})


def hash_of(content: dict[str, Any]) -> str:
    """sha256 of the content as JSON in UTF-8, its names sorted, without spaces."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def genesis(case: str) -> str:
    """What stands before the first event of a case."""
    return hashlib.sha256(f"smearlens case {case}".encode()).hexdigest()


@dataclass(frozen=True)
class Writing:
    """Who writes, in which seat, and when. at: UTC, ISO 8601."""

    case: str
    who: str
    seat: int
    at: str


def chained(drafts: Iterable[EventDraft], writing: Writing, number: int, head: str) -> list[Event]:
    """The drafts as events that follow on the one of that number and hash."""
    events = []
    for place, draft in enumerate(drafts, number + 1):
        event = Event(
            **draft.model_dump(),
            case=writing.case,
            number=place,
            at=writing.at,
            who=writing.who,
            seat=writing.seat,
            previous=head,
            hash="",
        )
        head = event.computed()
        events.append(event.model_copy(update={"hash": head}))
    return events


@dataclass(frozen=True)
class ChainReport:
    """Whether the events of a case are what people did. events: how many there are. broken: number of the first that
    is not as it was, None where all are. problem: what is wrong with it, "" where nothing is."""

    case: str
    events: int
    broken: int | None = None
    problem: str = ""


def verify_chain(case: str, events: Sequence[Event], *, last: int | None = None, head: str = "") -> ChainReport:
    """Look at every event, in order. last, head: number and hash of the last one as the case has them, if known."""
    previous = genesis(case)
    for place, event in enumerate(events, 1):
        problem = ""
        if event.number != place:
            problem = f"Event {place} is missing."
        elif event.case != case:
            problem = f"Event {place} is of another case."
        elif event.previous != previous:
            problem = f"Event {place} does not follow on the one before it."
        elif event.hash != event.computed():
            problem = f"Event {place} was changed after it was saved."
        if problem:
            return ChainReport(case, len(events), place, problem)
        previous = event.hash
    if last is not None and last != len(events):
        place = min(last, len(events)) + 1
        return ChainReport(case, len(events), place, f"The case had {last} events, and {len(events)} are there.")
    if last is not None and head != previous:
        return ChainReport(case, len(events), last or 1, "The case ends in another event than the last one.")
    return ChainReport(case, len(events))


class CaseConflictError(CaseError):
    """Somebody did something else of the same cell meanwhile: nothing of this is saved, and nothing of theirs is lost.

    others: what was done meanwhile. mine: what is not saved.
    """

    def __init__(self, others: Sequence[Event], mine: Sequence[EventDraft]) -> None:
        super().__init__(others, mine)
        self.others, self.mine = tuple(others), tuple(mine)

    def __str__(self) -> str:
        last = self.others[-1]
        what = f"{last.kind} {last.what}".strip()
        return f"{last.who} was faster: event {last.number} is “{what}”. Look at it, and do yours again if it holds."


def conflicts(drafts: Iterable[EventDraft], since: Iterable[Event], seat: int) -> tuple[Event, ...]:
    """Those events of the same seat that were saved meanwhile and touch what the drafts are of.

    A signature is of all cells. Notes and new classes touch nothing.
    """
    drafts = tuple(drafts)
    signs = any(draft.kind is EventKind.SIGNED for draft in drafts)
    places = [place for draft in drafts if (place := draft.place) is not None]

    def touched(event: Event) -> bool:
        place = event.place
        if event.kind is EventKind.SIGNED:
            return signs or bool(places)
        return place is not None and (signs or any(same_cell(place, mine) for mine in places))

    return tuple(event for event in since if event.seat == seat and touched(event))


def same_cell(one: CellPlace, other: CellPlace) -> bool:
    """Whether two places are of one cell: of the same photo, with boxes that lie upon each other."""
    return one.photo == other.photo and overlap(one.box, other.box) >= SAME_PLACE
