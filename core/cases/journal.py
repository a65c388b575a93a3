"""The events of cases in the database: read, added to, and looked over."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from core.cases.database import Database
from core.cases.events import (
    LONGEST_WHO,
    OF_CELLS,
    CaseConflictError,
    ChainReport,
    Event,
    EventDraft,
    EventKind,
    Writing,
    chained,
    conflicts,
    verify_chain,
)
from core.cases.schema import CASES, EVENTS
from core.errors import CaseError

MOST_AT_ONCE = 5_000
"""Events that are added together, as when all cells of a class are confirmed."""


def now() -> str:
    """UTC, ISO 8601, to the microsecond."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


class Journal:
    """What people did, in the order in which it was saved."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def events(self, case: str, after: int = 0) -> list[Event]:
        """Those of a case, from the one after that number on."""
        with self._database.reading() as connection:
            return read_events(connection, case, after)

    def last(self, case: str) -> int:
        """Number of the last event; cheap, so that a page can look every second. CaseError without such a case."""
        with self._database.reading() as connection:
            number = connection.execute(select(CASES.c.last_event).where(CASES.c.id == case)).scalar()
        if number is None:
            raise no_case(case)
        return int(number)

    def append(self, case: str, drafts: Sequence[EventDraft], *, who: str, seat: int = 1, expected: int) -> list[Event]:
        """Save what one person did, all of it or nothing. Whatever this returns is on the disk.

        who: the person, never empty. expected: number of the last event that they know. What others did since is no
        hindrance unless it is of the same cells in the same seat.

        CaseConflictError with what others did where it is; CaseError, DatabaseError in one sentence for all else.
        """
        if not 0 < len(who.strip()) <= LONGEST_WHO or not drafts or len(drafts) > MOST_AT_ONCE:
            raise CaseError("An event needs the name of a person, and says something.")
        with self._database.writing() as connection:
            row = connection.execute(
                select(CASES.c.last_event, CASES.c.head).where(CASES.c.id == case).with_for_update()
            ).one_or_none()
            if row is None:
                raise no_case(case)
            against = conflicts(drafts, read_events(connection, case, expected), seat)
            if against:
                raise CaseConflictError(against, drafts)
            for draft in drafts:
                _check(connection, case, draft, seat)
            events = chained(drafts, Writing(case, who.strip(), seat, now()), row.last_event, row.head)
            add_events(connection, events)
        return events

    def verify(self, case: str) -> ChainReport:
        """Whether the events of a case are as they were saved."""
        with self._database.reading(snapshot=True) as connection:
            row = connection.execute(select(CASES.c.last_event, CASES.c.head).where(CASES.c.id == case)).one_or_none()
            if row is None:
                raise no_case(case)
            events: list[Event] = []
            for values in _rows(connection, case):
                try:
                    events.append(_event(values))
                except CaseError as error:
                    before = verify_chain(case, events)
                    return (
                        before if before.broken else ChainReport(case, len(events), int(values["number"]), str(error))
                    )
        return verify_chain(case, events, last=row.last_event, head=row.head)


def read_events(connection: Connection, case: str, after: int = 0) -> list[Event]:
    """Of a case, in their order. CaseError where one was written into the database by something else."""
    return [_event(row) for row in _rows(connection, case, after)]


def _rows(connection: Connection, case: str, after: int = 0) -> list[dict[str, Any]]:
    rows = connection.execute(
        select(EVENTS).where(EVENTS.c.case_id == case, EVENTS.c.number > after).order_by(EVENTS.c.number)
    )
    return [row._asdict() for row in rows]


def _event(row: Mapping[str, Any]) -> Event:
    values = {("case" if name == "case_id" else name): value for name, value in row.items()}
    try:
        return Event.model_validate(values)
    except ValueError as error:
        raise CaseError(f"Event {row['number']} of case {row['case_id']} was not written by Smearlens.") from error


def add_events(connection: Connection, events: Sequence[Event]) -> None:
    """Write events that follow on the last one, and let the case point to the last of them."""
    rows = [
        {("case_id" if name == "case" else name): value for name, value in event.model_dump(mode="json").items()}
        for event in events
    ]
    connection.execute(insert(EVENTS), rows)
    last = events[-1]
    connection.execute(
        update(CASES).where(CASES.c.id == last.case).values(last_event=last.number, head=last.hash, changed=last.at)
    )


def _check(connection: Connection, case: str, draft: EventDraft, seat: int) -> None:
    """CaseError where a draft refers to what is not there."""
    if draft.kind in OF_CELLS and draft.place is None:
        raise CaseError("That event is of a cell, and says of none.")
    if draft.kind in (EventKind.NAMED, EventKind.CONFIRMED, EventKind.CLASS_ADDED, EventKind.NOTED) and not draft.what:
        raise CaseError("That event says nothing.")
    if draft.kind in (EventKind.UNDONE, EventKind.REDONE):
        _check_undone(connection, case, draft, seat)


def _check_undone(connection: Connection, case: str, draft: EventDraft, seat: int) -> None:
    """What is undone is there and counts; what is redone was undone."""
    own = [event for event in read_events(connection, case) if event.seat == seat]
    of_it = [event for event in own if event.kind in (EventKind.UNDONE, EventKind.REDONE) and event.what == draft.what]
    target = next((event for event in own if str(event.number) == draft.what), None)
    counts = not of_it or of_it[-1].kind is EventKind.REDONE
    if target is None or target.kind not in OF_CELLS or counts is (draft.kind is EventKind.REDONE):
        raise CaseError(f"Event {draft.what or '?'} cannot be {draft.kind}.")


def no_case(case: str) -> CaseError:
    return CaseError(f"There is no case {case}; `cases list` names them all.")
