"""A count as a case: its photos as they are opened, then what the model said, then what a person corrected."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from core.cases.events import CellPlace
from core.cases.predictions import predictions_of
from core.cases.reviewing import Review
from core.cases.store import Case, CaseStore, CountSettings
from core.differential.smear import Corrections, Smear
from core.imaging.decoding import Photo
from core.imaging.loading import Unreadable
from core.imaging.windows import Box
from core.labels import NO_CELL


class CountKeeper:
    """Keeps one count in a new case of that name, which is made when the first photo comes.

    settings: how it is counted. names: keep the names of files, which may name a patient.
    """

    def __init__(self, store: CaseStore, name: str, settings: CountSettings, *, names: bool = False) -> None:
        self._store, self._name, self._settings, self._names = store, name, settings, names
        self.case: Case | None = None

    def passing(self, items: Iterable[Photo | Unreadable]) -> Iterator[Photo | Unreadable]:
        """The same photos and files; a photo is saved before it is handed on. CaseError where that fails."""
        for item in items:
            if isinstance(item, Photo):
                self.case = self.case or self._store.create(self._name, settings=self._settings)
                self._store.add_photo(self.case.id, item, name=item.name if self._names else "")
            yield item

    def keep(self, smear: Smear) -> None:
        """What the model said, before any correction."""
        if self.case is not None and smear.photos:
            self._store.keep(self.case.id, predictions_of(smear))

    def correct(self, smear: Smear, corrections: Corrections, who: str) -> None:
        """What a person said of the cells of this smear, as events of that person."""
        if self.case is None or not (corrections.called or corrections.added):
            return
        review = Review(self._store.journal, self.case.id, predictions_of(smear), self._settings, who=who)
        places = {(cell.photo, cell.number): _place(smear, cell.photo, cell.detection.box) for cell in smear.cells}
        by_label: dict[str, list[CellPlace]] = defaultdict(list)
        for number, label in corrections.called.items():
            by_label[label].append(places[number])
        for label, cells in by_label.items():
            review.remove(cells) if label == NO_CELL else review.name(cells, label)
        for addition in corrections.added:
            review.add(smear.photos[addition.photo - 1].fingerprint, addition.box, addition.called or "")


def _place(smear: Smear, photo: int, box: Box) -> CellPlace:
    return CellPlace.of(smear.photos[photo - 1].fingerprint, box)
