"""What readers do to a case follows from their events: named, added, taken back, signed, and blind to each other."""

from dataclasses import replace

import pytest

from core.cases.events import CaseConflictError, CellPlace, EventKind
from core.cases.signing import agreement_of, first_signature, review_sentence
from core.cases.state import fold
from core.cases.store import CountSettings
from core.differential.cell_types import shipped_sets
from core.errors import CaseError
from core.imaging.windows import Box
from core.labels import NO_CELL
from core.reports.corrections import bind
from tests.core.cases.conftest import reader

EMPTY = Box(0, 0, 12, 12)
"""A place of the drawn fields without a cell."""


@pytest.fixture
def kind():
    """What follows from events is the same whatever database holds them."""
    return "sqlite"


def places(review):
    return [cell.place for cell in review.state.wanted]


def test_only_whole_white_cells_are_to_be_reviewed(review, smear):
    whole = [cell for cell in smear.cells if cell.detection.kind == "white" and cell.detection.whole]
    assert len(review.state.wanted) == len(whole) > 3
    assert {cell.status for cell in review.state.wanted} == {"unreviewed"}
    assert review_sentence(review.state) == "The cells are named by a model, and nobody has reviewed them."


def test_each_thing_that_is_done_shows_and_says_from_what(review):
    first, second, third, fourth, *_ = places(review)
    before = review.state.at(first).model
    review.name([first], "basophil" if before != "basophil" else "monocyte")
    review.leave_unidentified([second])
    review.leave_out([third])
    review.remove([fourth])
    status = [review.state.at(place).status for place in (first, second, third, fourth)]
    assert status == ["named", "unidentified", "not classed", "no cell"]
    event = review.events[0]
    assert (event.kind, event.who, event.seat, event.before) == (EventKind.NAMED, "Ada", 1, before)
    assert event.checkpoint == "ab" * 32
    assert review.state.changed == 3
    review.name([first], before)
    assert review.events[-1].before == event.what
    assert not review.state.at(first).changed
    assert review.state.reviewed == 4


def test_what_a_model_does_not_know_counts_under_no_class(review):
    unlike = [cell for cell in review.state.wanted if cell.verdict == "unlike"]
    assert review.state.counts["unlike"] == len(unlike) > 0
    review.confirm([cell.place for cell in unlike])
    assert "unlike" not in review.state.counts


def test_all_cells_of_a_class_are_confirmed_at_once(review):
    review.confirm(places(review))
    assert review.state.unreviewed == ()
    assert review.state.changed == 0
    assert {event.at for event in review.events} == {review.events[0].at}


def test_undo_and_redo_are_events_too(review):
    first, second, *_ = places(review)
    review.name([first], "basophil")
    review.name([second], "monocyte")
    assert review.undo().what == "monocyte"
    assert review.state.at(second).status == "unreviewed"
    review.undo()
    assert review.undo() is None
    assert review.redo().what == "basophil"
    assert review.redo().what == "monocyte"
    assert review.redo() is None
    assert review.state.at(second).label == "monocyte"
    assert [event.kind for event in review.events[2:]] == ["undone", "undone", "redone", "redone"]
    review.undo()
    review.remove([second])
    assert review.redo() is None


def test_a_cell_that_nobody_found_is_added_once(review, smear):
    photo = smear.photos[0].fingerprint
    place = review.add(photo, EMPTY, "monocyte")
    assert review.state.at(place).added
    with pytest.raises(CaseError, match="already"):
        review.add(photo, Box(1, 0, 12, 12))
    review.undo()
    assert review.state.at(place) is None
    review.redo()
    assert review.state.at(place).label == "monocyte"


def test_a_case_may_have_classes_of_its_own(review):
    first = places(review)[0]
    with pytest.raises(CaseError, match="no class blast"):
        review.name([first], "blast")
    review.add_class("blast")
    review.name([first], "blast")
    assert review.state.counts["blast"] == 1
    for taken in ("Blast", "monocyte", " ", "=1+1"):
        with pytest.raises(CaseError):
            review.add_class(taken)


def test_a_part_of_the_class_that_the_model_said_is_no_change(store, case, smear):
    types = next(one for one in shipped_sets().values() if one.get("band neutrophil") and one.get("blast"))
    store.change(case, settings=CountSettings(types=types))
    review = reader(store, case, "Ada")
    neutrophil = next(cell.place for cell in review.state.wanted if cell.model == "neutrophil")
    review.name([neutrophil], "band neutrophil")
    assert (review.state.at(neutrophil).label, review.state.changed) == ("band neutrophil", 0)
    bound = bind(replace(smear, types=types), review.state.corrections())
    assert (list(bound.corrections.called.values()), bound.not_applied) == (["band neutrophil"], ())
    review.name([neutrophil], "blast")
    assert review.state.changed == 1


def test_corrections_come_to_the_smear_by_content_and_place(review, smear):
    first, second, third, fourth, *_ = places(review)
    review.add_class("blast")
    review.name([first], "eosinophil")
    review.name([second], "blast")
    review.leave_unidentified([third])
    review.confirm([fourth])
    review.add(smear.photos[1].fingerprint, EMPTY, "monocyte")
    bound = bind(smear, review.state.corrections())
    assert bound.not_applied == ()
    assert sorted(bound.corrections.called.values())[-2:] == sorted([NO_CELL, NO_CELL, "eosinophil"])[-2:]
    assert sum(label == NO_CELL for label in bound.corrections.called.values()) == 2
    assert len(bound.corrections.called) == 4
    assert [addition.called for addition in bound.corrections.added] == ["monocyte"]


def test_nobody_signs_for_what_is_not_reviewed_or_not_identified(review):
    with pytest.raises(CaseError, match="still to be reviewed"):
        review.sign()
    first, *others = places(review)
    review.confirm(others)
    review.leave_unidentified([first])
    with pytest.raises(CaseError, match=r"1\u00a0cell is unidentified"):
        review.sign()
    review.leave_out([first])
    review.sign()
    total = len(others) + 1
    assert review_sentence(review.state) == f"Signed by Ada: 1 of {total}\u00a0cells changed by hand."
    assert review.hindrances() == ["It is signed, and nothing was changed since."]
    review.name([first], "monocyte")
    assert review.state.signature is None
    review.sign()


def test_nobody_signs_for_what_others_changed_meanwhile(store, case):
    one, other = reader(store, case, "Ada"), reader(store, case, "Ada, too")
    one.confirm(places(one))
    other.refresh()
    other.name([places(other)[0]], "eosinophil")
    with pytest.raises(CaseConflictError, match="named eosinophil"):
        one.sign()
    assert one.refresh()
    one.sign()


def test_the_second_reader_is_blind_to_the_first(store, case):
    first, second = reader(store, case, "Ada", 1), reader(store, case, "Bea", 2)
    first.add_class("blast")
    first.confirm(places(first))
    first.name(places(first)[:1], "blast")
    first.sign()
    second.refresh()
    assert {event.kind for event in second.events} == {EventKind.CLASS_ADDED}
    assert second.state.reviewed == 0
    second.confirm(places(second))
    assert agreement_of(store.predictions(case), store.events(case)) is None
    second.sign()
    assert len(second.events) == len(store.events(case))
    agreement = agreement_of(store.predictions(case), store.events(case))
    n = len(first.state.wanted)
    assert (agreement.agreed.n, round(agreement.agreed.value * n)) == (n, n - 1)
    ((one, other),) = agreement.differing
    assert (one.label, other.label) == ("blast", other.model)
    assert agreement.kappa.low < agreement.kappa.value < 1
    second.refresh()
    second.name([other.place], "blast")
    assert agreement_of(store.predictions(case), store.events(case)) == agreement
    assert first_signature(store.events(case), 2) is not None


def test_a_cell_that_one_reader_alone_framed_is_counted_apart(store, case, smear):
    first, second = reader(store, case, "Ada", 1), reader(store, case, "Bea", 2)
    first.add(smear.photos[0].fingerprint, EMPTY, "monocyte")
    for review in (first, second):
        review.confirm(places(review))
        review.sign()
    agreement = agreement_of(store.predictions(case), store.events(case))
    assert agreement.alone == 1
    assert agreement.agreed.value == 1


def test_two_readers_are_two_people(store, case):
    first, second = reader(store, case, "Ada", 1), reader(store, case, "ada", 2)
    first.confirm(places(first))
    second.refresh()
    second.confirm(places(second))
    assert second.hindrances() == ["Two readers are two people: the other reader has that name."]


def test_a_place_without_a_cell_is_named(review):
    with pytest.raises(CaseError, match="no cell in that place"):
        review.confirm([CellPlace("a" * 64, 0, 0, 1, 1)])
    with pytest.raises(CaseError, match="no cell in that place"):
        review.confirm([])


def test_another_detector_frames_the_same_cell_a_little_differently(review, store, case):
    first = places(review)[0]
    moved = CellPlace(first.photo, first.left + 1, first.top - 1, first.right + 1, first.bottom)
    review.name([moved], "basophil")
    assert review.state.at(first).label == "basophil"
    assert fold(store.predictions(case), store.events(case), 2).reviewed == 0


def test_nothing_is_signed_where_nothing_was_counted(store):
    empty = store.create("Empty").id
    assert "no white cell" in reader(store, empty, "Ada").hindrances()[0]
