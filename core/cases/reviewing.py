"""One reader at one case: what they see, and what they do, each thing saved before it is shown as done."""

from collections.abc import Iterable, Sequence

from core.cases.events import LONGEST, CellPlace, Event, EventDraft, EventKind
from core.cases.journal import Journal
from core.cases.predictions import PhotoPrediction
from core.cases.signing import hindrances, visible
from core.cases.state import CaseState, ReviewedCell, fold
from core.cases.store import CountSettings
from core.errors import CaseError
from core.imaging.windows import Box

LONGEST_CLASS = 40
"""Letters of a class of one's own."""


class Review:
    """A reader in a seat. `state` is what they know; what others did meanwhile comes with `refresh`.

    predictions: of one model, whose answers stand before the reader. settings: of the case.
    who: the person. Whatever a method here returns from is saved; CaseConflictError where somebody was faster at the
    same cell, CaseError and DatabaseError in one sentence for all else, and then nothing is changed.
    """

    def __init__(
        self,
        journal: Journal,
        case: str,
        predictions: Sequence[PhotoPrediction],
        settings: CountSettings,
        *,
        who: str,
        seat: int = 1,
    ) -> None:
        self.case, self.who, self.seat = case, who, seat
        self._journal, self._predictions, self._classes = journal, tuple(predictions), settings.classes
        self._types = settings.types
        self._sha256 = predictions[0].sha256 if predictions else ""
        self._events = journal.events(case)
        self.state = self._folded()

    @property
    def classes(self) -> tuple[str, ...]:
        """By which a cell may be called, the case's own last."""
        return (*self._classes, *self.state.extra_classes)

    @property
    def events(self) -> list[Event]:
        """Those that this reader may see."""
        return visible(self._events, self.seat)

    def refresh(self) -> list[Event]:
        """Take in what was saved since; those events."""
        new = self._journal.events(self.case, self.state.last_event)
        self._take_in(new)
        return new

    def name(self, cells: Iterable[CellPlace], label: str) -> None:
        """The cells are of a class."""
        if label not in self.classes:
            raise CaseError(f"There is no class {label} here; there are {', '.join(self.classes)}.")
        self._of_cells(EventKind.NAMED, cells, label)

    def confirm(self, cells: Iterable[CellPlace]) -> None:
        """The cells are what the model said, or what a person named them before."""
        drafts = []
        for cell in self._found(cells):
            label = cell.label or cell.model
            if label is None:
                raise CaseError("No model read that cell: name it.")
            drafts.append(self._draft(EventKind.CONFIRMED, cell, label))
        self._save(drafts)

    def leave_unidentified(self, cells: Iterable[CellPlace]) -> None:
        """The reader has looked, and does not know."""
        self._of_cells(EventKind.UNIDENTIFIED, cells)

    def leave_out(self, cells: Iterable[CellPlace]) -> None:
        """The cells are not classed: damaged, badly stained, artefacts."""
        self._of_cells(EventKind.NOT_CLASSED, cells)

    def remove(self, cells: Iterable[CellPlace]) -> None:
        """There is no cell there."""
        self._of_cells(EventKind.REMOVED, cells)

    def add(self, photo: str, box: Box, label: str = "") -> CellPlace:
        """There is a cell where none was found; its place. label: "" where it is to be named."""
        if label and label not in self.classes:
            raise CaseError(f"There is no class {label} here; there are {', '.join(self.classes)}.")
        place = CellPlace.of(photo, box)
        if self.state.at(place) is not None:
            raise CaseError("There is a cell in that place already.")
        self._save([EventDraft(kind=EventKind.ADDED, photo=photo, box=place.edges, what=label)])
        return place

    def add_class(self, name: str) -> None:
        """The case has a class of its own, such as "blast", for both readers."""
        name = " ".join(name.split())
        if not name[:1].isalnum() or len(name) > LONGEST_CLASS or not name.isprintable():
            raise CaseError(f"A class is called by one line of at most {LONGEST_CLASS} letters; the first is no sign.")
        if name.casefold() in {each.casefold() for each in self.classes}:
            raise CaseError(f"There is a class {name} already.")
        self._save([EventDraft(kind=EventKind.CLASS_ADDED, what=name)])

    def note(self, text: str) -> None:
        """A note for whoever reads the events."""
        if len(text) > LONGEST:
            raise CaseError(f"A note has at most {LONGEST:,} letters.")
        self._save([EventDraft(kind=EventKind.NOTED, what=text.strip())])

    def undo(self) -> Event | None:
        """Take back what this reader did last; None where there is nothing."""
        return self._again(EventKind.UNDONE, self.state.undoable)

    def redo(self) -> Event | None:
        """Do again what was taken back last; None where there is nothing."""
        return self._again(EventKind.REDONE, self.state.redoable)

    def hindrances(self) -> list[str]:
        """Why the reader cannot sign yet, a sentence each."""
        return hindrances(self.state, self.who, self._events)

    def sign(self) -> None:
        """Answer for all cells. CaseError with the first reason why not."""
        reasons = self.hindrances()
        if reasons:
            raise CaseError(reasons[0])
        self._save([EventDraft(kind=EventKind.SIGNED, checkpoint=self._sha256)])

    def _again(self, kind: EventKind, target: Event | None) -> Event | None:
        if target is not None:
            draft = EventDraft(kind=kind, photo=target.photo, box=target.box, what=str(target.number))
            self._save([draft])
        return target

    def _of_cells(self, kind: EventKind, cells: Iterable[CellPlace], what: str = "") -> None:
        self._save([self._draft(kind, cell, what) for cell in self._found(cells)])

    def _found(self, cells: Iterable[CellPlace]) -> list[ReviewedCell]:
        found = [self.state.at(place) for place in cells]
        if None in found or not found:
            raise CaseError("There is no cell in that place.")
        return [cell for cell in found if cell is not None]

    def _draft(self, kind: EventKind, cell: ReviewedCell, what: str) -> EventDraft:
        return EventDraft(
            kind=kind,
            photo=cell.place.photo,
            box=cell.place.edges,
            what=what,
            before=cell.held_as,
            checkpoint=self._sha256,
        )

    def _save(self, drafts: Sequence[EventDraft]) -> None:
        """Save, and take in what came before it meanwhile."""
        known = self.state.last_event
        saved = self._journal.append(self.case, drafts, who=self.who, seat=self.seat, expected=known)
        between = self._journal.events(self.case, known) if saved[0].number > known + 1 else saved
        self._take_in(between)

    def _take_in(self, new: Sequence[Event]) -> None:
        if new:
            self._events += new
            self.state = self._folded()

    def _folded(self) -> CaseState:
        return fold(self._predictions, self._events, self.seat, self._types)
