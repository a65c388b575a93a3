"""What is known of a case: what its events make of the cells that were found, as one reader sees them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from core.cases.events import OF_CELLS, CellPlace, Event, EventKind, same_cell
from core.cases.predictions import PhotoPrediction
from core.differential.cell_types import TypeSet, usual_types
from core.labels import NO_CELL
from core.reports.corrections import SavedCorrection

Status = Literal["unreviewed", "confirmed", "named", "unidentified", "not classed", "no cell"]

_STATUS: dict[EventKind, Status] = {
    EventKind.NAMED: "named",
    EventKind.CONFIRMED: "confirmed",
    EventKind.UNIDENTIFIED: "unidentified",
    EventKind.NOT_CLASSED: "not classed",
    EventKind.REMOVED: "no cell",
}


@dataclass(frozen=True)
class ReviewedCell:
    """One cell as a reader leaves it.

    model: the class that the model holds likeliest, None where it read none. verdict: of the model. wanted: it counts
    in the differential, so that a person has to look at it. status: see Status. label: what it is, None where nobody
    says. label_class: the class of the models that this is, or is part of, None where it is neither. added: a person
    framed it.
    """

    place: CellPlace
    model: str | None
    verdict: str | None
    wanted: bool
    status: Status = "unreviewed"
    label: str | None = None
    label_class: str | None = None
    added: bool = False

    @property
    def reviewed(self) -> bool:
        """Whether a person has looked; who looked and does not know has looked."""
        return self.status != "unreviewed"

    @property
    def decided(self) -> bool:
        """Whether a person knows what it is, or that it is nothing to be counted."""
        return self.reviewed and self.status != "unidentified"

    @property
    def changed(self) -> bool:
        """Whether a person holds it to be of another class than the model does, or added it."""
        if self.status in ("unreviewed", "unidentified"):
            return self.added
        return self.added or self.label is None or self.label_class != self.model

    @property
    def held_as(self) -> str:
        """What it is held to be, in one word or two: a class, or how it stands."""
        return self.label or (self.status if self.reviewed else self.model or self.status)


@dataclass(frozen=True)
class CaseState:
    """A case as one reader sees it. seat: the reader's. cells: in reading order, photo by photo.

    last_event: the number up to which it goes. extra_classes: the case's own. signature: that still holds, None where
    there is none or cells were changed after it. notes: of this reader. undoable, redoable: what to take back next.
    """

    seat: int
    last_event: int
    cells: tuple[ReviewedCell, ...]
    extra_classes: tuple[str, ...] = ()
    signature: Event | None = None
    notes: tuple[str, ...] = ()
    undoable: Event | None = None
    redoable: Event | None = None

    @property
    def wanted(self) -> tuple[ReviewedCell, ...]:
        """The cells that a person has to look at."""
        return tuple(cell for cell in self.cells if cell.wanted)

    @property
    def unreviewed(self) -> tuple[ReviewedCell, ...]:
        return tuple(cell for cell in self.wanted if not cell.reviewed)

    @property
    def unidentified(self) -> tuple[ReviewedCell, ...]:
        return tuple(cell for cell in self.wanted if cell.status == "unidentified")

    @property
    def reviewed(self) -> int:
        """How many of the wanted ones a person has looked at."""
        return len(self.wanted) - len(self.unreviewed)

    @property
    def changed(self) -> int:
        """How many of the wanted ones are something else than the model said."""
        return sum(cell.changed for cell in self.wanted)

    @property
    def counts(self) -> dict[str, int]:
        """How many wanted cells are held to be what, the most frequent first; "unlike": by no person, and by the model
        to be unlike all that it knows."""
        names = ("unlike" if not cell.reviewed and cell.verdict == "unlike" else cell.held_as for cell in self.wanted)
        return dict(Counter(names).most_common())

    def at(self, place: CellPlace) -> ReviewedCell | None:
        """The cell in that place."""
        exact = next((cell for cell in self.cells if cell.place == place), None)
        return exact or next((cell for cell in self.cells if same_cell(cell.place, place)), None)

    def corrections(self) -> tuple[SavedCorrection, ...]:
        """What a report applies, by content and place (core.reports.corrections.bind).

        A cell without a class of the model is "no cell" there: it counts under none of its classes.
        """
        return tuple(
            SavedCorrection(
                row=number,
                cell=f"{cell.place.photo[:8]} {cell.place.edges}",
                fingerprint=cell.place.photo,
                file="",
                box=cell.place.box,
                called=_called(cell, self.extra_classes),
                added=cell.added,
            )
            for number, cell in enumerate(self.cells, 1)
            if cell.added or cell.reviewed
        )


def _called(cell: ReviewedCell, extra: Sequence[str]) -> str:
    if cell.label is not None and cell.label not in extra:
        return cell.label
    return NO_CELL if cell.reviewed else ""


def fold(
    predictions: Iterable[PhotoPrediction], events: Sequence[Event], seat: int, types: TypeSet | None = None
) -> CaseState:
    """The case as the reader in that seat sees it: by their own events alone.

    events: all of the case, in order. Classes of the case are everybody's. types: with which it is counted, the usual
    ones without: a band that a model calls a neutrophil is not changed.
    """
    own = [event for event in events if event.seat == seat]
    cells = {place: cell for cell in _found(predictions) for place in [cell.place]}
    effective = _effective(own)
    for event in effective:
        if event.kind in OF_CELLS:
            _apply(cells, event, types or usual_types())
    return CaseState(
        seat=seat,
        last_event=events[-1].number if events else 0,
        cells=tuple(cells.values()),
        extra_classes=tuple(dict.fromkeys(event.what for event in events if event.kind is EventKind.CLASS_ADDED)),
        signature=_signature(own),
        notes=tuple(event.what for event in own if event.kind is EventKind.NOTED),
        undoable=next((event for event in reversed(effective) if event.kind in OF_CELLS), None),
        redoable=_redoable(own),
    )


def _found(predictions: Iterable[PhotoPrediction]) -> Iterable[ReviewedCell]:
    for prediction in predictions:
        for place, cell, label in prediction.places():
            detection = prediction.field.cells[cell.number - 1]
            wanted = detection.kind == "white" and detection.whole and not cell.repeats
            yield ReviewedCell(place, label, cell.verdict, wanted)


def _effective(own: Sequence[Event]) -> list[Event]:
    """Without those that are undone and what undid them."""
    undone: set[int] = set()
    for event in own:
        if event.kind is EventKind.UNDONE:
            undone.add(int(event.what))
        elif event.kind is EventKind.REDONE:
            undone.discard(int(event.what))
    return [event for event in own if event.number not in undone]


def _apply(cells: dict[CellPlace, ReviewedCell], event: Event, types: TypeSet) -> None:
    place = event.place
    if place is None:
        return
    if event.kind is EventKind.ADDED:
        status: Status = "named" if event.what else "unreviewed"
        label = event.what or None
        cells[place] = ReviewedCell(
            place, None, None, wanted=True, status=status, label=label, label_class=_class_of(label, types), added=True
        )
        return
    # Another detector may frame the same cell a little differently.
    key = place if place in cells else next((each for each in cells if same_cell(each, place)), None)
    if key is not None:
        label = event.what if event.kind in (EventKind.NAMED, EventKind.CONFIRMED) else None
        cells[key] = replace(
            cells[key], status=_STATUS[event.kind], label=label, label_class=_class_of(label, types), wanted=True
        )


def _class_of(label: str | None, types: TypeSet) -> str | None:
    """The class of the models that a label is, or is part of."""
    named = types.get(label) if label else None
    return named.parent or None if named else label


def _signature(own: Sequence[Event]) -> Event | None:
    """The last one, unless a cell was changed after it."""
    for event in reversed(own):
        if event.kind is EventKind.SIGNED:
            return event
        if event.box:
            return None
    return None


def _redoable(own: Sequence[Event]) -> Event | None:
    """What was undone last, unless something else was done of a cell since."""
    waiting: list[int] = []
    for event in own:
        if event.kind is EventKind.UNDONE:
            waiting.append(int(event.what))
        elif event.kind is EventKind.REDONE:
            waiting.remove(int(event.what))
        elif event.kind in OF_CELLS:
            waiting.clear()
    return next((event for event in own if waiting and event.number == waiting[-1]), None)
