"""What was asked of the models, and how to read the figures."""

from collections.abc import Iterator

from app.present.content import Points, Slide
from app.present.registry import MAKERS, Maker
from app.present.subject import Subject
from app.shared import words


def make(subject: Subject) -> Iterator[Slide]:
    shown = subject.shown
    whose = "Each model" if len(shown.names) > 1 else shown.names[0]
    use = (
        "They were set aside until the end, so they flatter no model."
        if shown.scope.split == "test"
        else "They helped to choose settings, so they flatter the models."
    )
    yield Slide(
        title=f"{whose} named {shown.cells} that it had not learned from.",
        body=Points(
            (
                use,
                *(words.unmarked(note) for note in shown.together.notes),
                f"A figure in brackets is a 95{words.SPACE}% interval: other cells of the same kind may well give any "
                "figure in it.",
                "Sensitivity is the share of a class's cells that a model finds.",
            )
        ),
        notes="The glossary on the page About explains each word with a drawing.",
    )


MAKERS.add(Maker("question", 20, make))
