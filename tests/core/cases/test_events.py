"""Events are only added to, bound by their hashes, and a late writer sees what came before; alike on both databases."""

import json
import threading

import pytest
from sqlalchemy import text

from core.cases.events import (
    CaseConflictError,
    CellPlace,
    EventDraft,
    EventKind,
    Writing,
    chained,
    genesis,
    hash_of,
    verify_chain,
)
from core.cases.store import open_store
from core.cases.transfer import events_as_csv, events_as_lines, verify_file, write_events
from core.errors import CaseError, DatabaseError
from core.imaging.windows import Box
from tests.core.cases.conftest import reader


def named(left: float, label: str = "monocyte") -> EventDraft:
    place = CellPlace.of("a" * 64, Box(left, 0, left + 40, 40))
    return EventDraft(kind=EventKind.NAMED, photo=place.photo, box=place.edges, what=label)


@pytest.fixture
def journal(store):
    return store.journal


@pytest.fixture
def chain(store, journal):
    """A case of four events, and its id."""
    case = store.create("Chain").id
    for number in range(4):
        journal.append(case, [named(50 * number)], who="Ada", expected=number)
    return case


def test_each_event_holds_the_hash_of_the_one_before(journal, chain):
    events = journal.events(chain)
    assert [event.number for event in events] == [1, 2, 3, 4]
    assert [event.previous for event in events[1:]] == [event.hash for event in events[:-1]]
    assert journal.verify(chain).broken is None
    assert journal.last(chain) == 4
    content = json.loads(events_as_lines(events).splitlines()[2])
    assert hash_of({name: value for name, value in content.items() if name != "hash"}) == events[2].hash


def test_the_database_refuses_to_change_an_event(store, chain):
    with pytest.raises(DatabaseError, match="never changed"), store.database.writing() as connection:
        connection.execute(text("UPDATE events SET what = 'basophil' WHERE number = 2"))


def tampered(store, *statements: str) -> None:
    """Somebody who may do everything in the database."""
    of = " ON events" if store.database.dialect == "postgresql" else ""
    with store.database.writing() as connection:
        connection.execute(text(f"DROP TRIGGER events_are_final{of}"))
        for statement in statements:
            connection.execute(text(statement))
        if of:  # the next test finds it as it was
            connection.execute(
                text(f"CREATE TRIGGER events_are_final BEFORE UPDATE{of} FOR EACH ROW EXECUTE FUNCTION refuse_change()")
            )


@pytest.mark.parametrize(
    ("statement", "broken", "problem"),
    [
        ("UPDATE events SET what = 'basophil' WHERE number = 2", 2, "was changed"),
        ("UPDATE events SET who = 'Bea' WHERE number = 3", 3, "was changed"),
        ("DELETE FROM events WHERE number = 2", 2, "missing"),
        ("DELETE FROM events WHERE number = 4", 4, "had 4 events"),
        ("UPDATE cases SET head = 'x'", 4, "ends in another"),
    ],
)
def test_the_first_broken_event_is_named(store, chain, statement, broken, problem):
    tampered(store, statement)
    report = store.journal.verify(chain)
    assert report.broken == broken
    assert problem in report.problem


def test_an_event_that_was_written_again_with_its_hash_breaks_the_next(journal, chain):
    events = journal.events(chain)
    forged = events[1].model_copy(update={"what": "basophil"})
    forged = forged.model_copy(update={"hash": forged.computed()})
    report = verify_chain(chain, [events[0], forged, *events[2:]])
    assert report.broken == 3
    assert verify_chain("another", events).broken == 1


def test_a_late_writer_of_the_same_cell_sees_what_came_before(journal, chain):
    journal.append(chain, [named(0, "basophil")], who="Bea", expected=4)
    with pytest.raises(CaseConflictError) as late:
        journal.append(chain, [named(2, "eosinophil")], who="Ada", expected=4)
    (other,), (mine,) = late.value.others, late.value.mine
    assert (other.who, other.what, mine.what) == ("Bea", "basophil", "eosinophil")
    assert "Bea was faster: event 5 is “named basophil”" in str(late.value)
    assert journal.last(chain) == 5
    journal.append(chain, [named(2, "eosinophil")], who="Ada", expected=5)
    assert [event.what for event in journal.events(chain, 4)] == ["basophil", "eosinophil"]


def test_another_cell_or_another_seat_is_no_conflict(journal, chain):
    journal.append(chain, [named(0)], who="Bea", expected=4)
    journal.append(chain, [named(100)], who="Ada", expected=4)
    journal.append(chain, [named(0)], who="Cleo", seat=2, expected=4)
    assert journal.verify(chain).events == 7
    with pytest.raises(CaseConflictError):
        journal.append(chain, [EventDraft(kind=EventKind.SIGNED)], who="Ada", expected=4)


def test_many_writers_at_once_lose_nothing(journal, store):
    case = store.create("Crowd").id

    def write(who: int) -> None:
        for number in range(5):
            journal.append(case, [named(1000 * who + 50 * number)], who=f"reader {who}", expected=0)

    writers = [threading.Thread(target=write, args=(who,)) for who in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    report = journal.verify(case)
    assert (report.events, report.broken) == (20, None)


def test_several_events_are_saved_together_or_not_at_all(journal, chain):
    bad = EventDraft(kind=EventKind.UNDONE, what="99")
    with pytest.raises(CaseError, match="cannot be undone"):
        journal.append(chain, [named(0), bad], who="Ada", expected=4)
    assert journal.last(chain) == 4


def test_what_no_version_has_written_is_named(store, chain):
    tampered(store, "UPDATE events SET kind = 'guessed' WHERE number = 3")
    report = store.journal.verify(chain)
    assert (report.broken, "Event 3" in report.problem) == (3, True)
    with pytest.raises(CaseError, match="Event 3"):
        store.journal.events(chain)


def test_hashes_stay_what_they_are_in_every_version():
    (event,) = chained(
        [named(0)], Writing("2azc7877", "Ada", 1, "2026-11-29T12:00:00.000000+00:00"), 0, genesis("2azc7877")
    )
    assert event.previous == "3038646afec982417651b4b39860cfaa8f21ad9999e8c5f64f1b8a7f2aa57309"
    assert event.hash == "001478160fd9e13a490cd038f6bd11ea59b2be63b62af1fb9e0191f02508be25"


@pytest.mark.parametrize(
    "draft",
    [
        EventDraft(kind=EventKind.NAMED, what="monocyte"),
        EventDraft(kind=EventKind.NOTED),
        EventDraft(kind=EventKind.REDONE, what="1"),
        EventDraft(kind=EventKind.UNDONE, what="x"),
    ],
)
def test_an_event_that_refers_to_nothing_is_refused(journal, chain, draft):
    with pytest.raises(CaseError):
        journal.append(chain, [draft], who="Ada", expected=4)


def test_an_event_has_a_person_and_a_case(journal, chain):
    with pytest.raises(CaseError, match="name of a person"):
        journal.append(chain, [named(0)], who="  ", expected=4)
    with pytest.raises(CaseError, match="name of a person"):
        journal.append(chain, [named(0)], who="A" * 201, expected=4)
    with pytest.raises(CaseError, match="no case"):
        journal.append("nowhere", [named(0)], who="Ada", expected=0)
    with pytest.raises(CaseError, match="no case"):
        journal.last("nowhere")


def test_files_of_events_can_be_verified_elsewhere(journal, chain, tmp_path):
    journal.append(chain, [EventDraft(kind=EventKind.NOTED, what="=1+1, “so”")], who="Ada", expected=4)
    events = journal.events(chain)
    write_events(tmp_path / "events.jsonl", events)
    assert verify_file(tmp_path / "events.jsonl").broken is None
    text = (tmp_path / "events.jsonl").read_text("utf-8").replace("monocyte", "basophil", 1)
    (tmp_path / "events.jsonl").write_text(text, "utf-8")
    assert verify_file(tmp_path / "events.jsonl").broken == 1
    assert ",'=1+1" not in events_as_csv(events[:4])
    assert "'=1+1, “so”" in events_as_csv(events)
    (tmp_path / "events.jsonl").write_text("nothing", "utf-8")
    with pytest.raises(CaseError, match="Line 1"):
        verify_file(tmp_path / "events.jsonl")


def test_two_people_at_the_same_cells_lose_nothing(store, case):
    """Each names every cell, from either end; a conflict is looked at, and the name given again."""

    def work(who: str, label: str, *, backwards: bool) -> None:
        review = reader(store, case, who)
        cells = [cell.place for cell in review.state.wanted]
        for place in reversed(cells) if backwards else cells:
            while True:
                try:
                    review.name([place], label)
                    break
                except CaseConflictError:
                    review.refresh()

    people = [
        threading.Thread(target=work, args=("Ada", "monocyte"), kwargs={"backwards": False}),
        threading.Thread(target=work, args=("Bea", "basophil"), kwargs={"backwards": True}),
    ]
    for person in people:
        person.start()
    for person in people:
        person.join()
    last = reader(store, case, "Cleo")
    events = store.events(case)
    assert len(events) == 2 * len(last.state.wanted)
    assert store.journal.verify(case).broken is None
    for cell in last.state.wanted:
        of_it = [event for event in events if event.place == cell.place]
        assert {event.who for event in of_it} == {"Ada", "Bea"}
        assert cell.label == of_it[-1].what
        # Whoever came later knew what the other had said.
        assert of_it[1].before == of_it[0].what


def test_two_readers_see_each_other_within_one_look(store, case):
    first, other = reader(store, case, "Ada"), reader(store, case, "Ada's second window")
    place = first.state.wanted[0].place
    first.name([place], "basophil")
    assert other.state.at(place).status == "unreviewed"
    assert [event.what for event in other.refresh()] == ["basophil"]
    assert other.state.at(place).label == "basophil"
    assert other.refresh() == []


def test_a_database_that_goes_away_says_so_and_keeps_what_was_saved(server, empty_url, tmp_path):
    store = open_store(tmp_path, empty_url)
    case = store.create("Gone").id
    store.journal.append(case, [named(0)], who="Ada", expected=0)
    server.stop("immediate")
    try:
        with pytest.raises(DatabaseError, match=r"cannot be reached.*saved before is kept"):
            store.journal.append(case, [named(50)], who="Ada", expected=1)
    finally:
        server.start()
    store.journal.append(case, [named(50)], who="Ada", expected=1)
    assert store.journal.verify(case).events == 2
    store.database.close()
