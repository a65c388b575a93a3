"""How often one model is wrong."""

from collections.abc import Iterator

from app.present.content import Headline, Slide
from app.present.registry import MAKERS, Maker
from app.present.subject import Subject
from app.shared import words
from core.evaluation.intervals import wilson


def make(subject: Subject) -> Iterator[Slide]:
    shown = subject.shown
    name, report = shown.first.name, shown.scored[shown.first.name].report
    wrong = round((1 - report.accuracy.value) * report.n)
    rate = wilson(wrong, report.n)
    yield Slide(
        title=f"{name} is wrong on {wrong:,} of {shown.cells}.",
        lead=f"The cells are of {shown.source}, and people named the class of each.",
        body=(
            Headline(words.share(rate), f"of its answers are wrong; 95{words.SPACE}% interval {words.bounds(rate)}"),
            Headline(
                words.share(report["balanced_accuracy"]),
                "of a class's cells are found, on average over the classes: rare ones count as much as common ones",
            ),
        ),
        notes="Cells of one laboratory. Elsewhere it is wrong far more often; there is a talk on that.",
    )


MAKERS.add(Maker("mistaken", 11, make))
