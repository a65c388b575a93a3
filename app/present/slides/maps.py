"""Where the model found its evidence, on generated cells."""

from collections.abc import Iterator

from app.present.cell_pictures import NOT_MEASURED, generated_cells
from app.present.content import MOST_CELLS, CellPictures, Slide
from app.present.registry import MAKERS, Maker
from app.present.subject import Subject
from app.shared.reading import explanations
from core.synthetic.examples import MARK


def make(subject: Subject) -> Iterator[Slide]:
    """Two slides of four classes each; none where no generated cell came along."""
    model = subject.shown.first
    cells = generated_cells(model)
    method = explanations.quickest(model)
    parts = [cells[first : first + MOST_CELLS] for first in range(0, len(cells), MOST_CELLS)]
    for part in parts:
        yield Slide(
            title=f"Lime marks where {model.name} found its evidence.",
            lead="These cells are generated: no photographs, and of no patient.",
            body=CellPictures(part, MARK),
            caption="Below each: what it was generated as, and what the model says of it. That tells nothing about "
            f"how good it is on photographs. Maps: {method.title}.",
            notes=explanations.how_faithful(model, method.name) or NOT_MEASURED,
        )


MAKERS.add(Maker("maps", 80, make))
