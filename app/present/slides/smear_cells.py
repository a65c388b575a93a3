"""A cell of each class that was counted, with its map."""

from collections.abc import Iterator

from app.present.cell_pictures import NOT_MEASURED, smear_cells
from app.present.content import MOST_CELLS, CellPictures, Slide
from app.present.registry import MAKERS, Maker
from app.present.subject import Subject
from app.shared.reading import explanations
from core.synthetic.examples import MARK


def make(subject: Subject) -> Iterator[Slide]:
    """The surest of each class that the model read and nobody renamed; none where there is none."""
    last = subject.smear
    read = [cell for cell in last.smear.cells if cell.counted_as and cell.window and cell.label and not cell.changed]
    by_class = {
        str(cell.counted_as): cell for cell in sorted(read, key=lambda cell: cell.probability_of(cell.label) or 0)
    }
    chosen = [by_class[key] for key in last.smear.vocabulary.keys if key in by_class]
    method = explanations.quickest(last.model)
    parts = [chosen[first : first + MOST_CELLS] for first in range(0, len(chosen), MOST_CELLS)]
    for part in parts:
        yield Slide(
            title=f"Lime marks where {last.model.name} found its evidence.",
            lead=last.mark,
            body=CellPictures(smear_cells(last, part), MARK * bool(last.note)),
            caption=f"The surest cell of each class. Maps by {method.title}.",
            notes=explanations.how_faithful(last.model, method.name) or NOT_MEASURED,
        )


MAKERS.add(Maker("smear-cells", 81, make))
