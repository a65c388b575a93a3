"""The cells of which the model is least sure."""

from collections.abc import Iterator

from app.present.cell_pictures import smear_cells
from app.present.content import MOST_CELLS, CellPictures, Slide
from app.present.registry import MAKERS, Maker
from app.present.subject import Subject
from core.synthetic.examples import MARK
from core.wording import count_of


def make(subject: Subject) -> Iterator[Slide]:
    last = subject.smear
    doubtful = [cell for cell in last.smear.doubtful if cell.window and cell.label]
    if not doubtful:
        yield Slide(
            title="The model is unsure of none of the cells that nobody has looked at.",
            lead="That is by its own measure, and a confident answer can be wrong.",
        )
        return
    those = f"The {MOST_CELLS} least sure" if len(doubtful) > MOST_CELLS else "All of them"
    yield Slide(
        title=f"A person should look at {count_of(len(doubtful), 'cell')} before this count is used.",
        lead=last.mark,
        body=CellPictures(smear_cells(last, doubtful[:MOST_CELLS]), MARK * bool(last.note)),
        caption=f"{those}, with what the model takes them for.",
        notes="On the page Count, under Cells, each can be named by a click.",
    )


MAKERS.add(Maker("smear-doubtful", 83, make))
