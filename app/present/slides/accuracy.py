"""How often each model is right."""

from collections.abc import Iterator

from app.present.content import Slide
from app.present.registry import MAKERS, Maker
from app.present.subject import Subject
from app.shared import plots, words
from app.shared.figures import comparison


def make(subject: Subject) -> Iterator[Slide]:
    shown = subject.shown
    best = shown.ranked[0]
    chart = plots.accuracies({name: shown.scored[name].report.accuracy for name in shown.ranked}, shown.styles)
    accuracy = shown.scored[best].report.accuracy
    level = [name for name in shown.ranked[1:] if shown.scored[name].report.accuracy.value == accuracy.value]
    names = words.join([best, *level])
    yield Slide(
        title=f"{names} {'are each' if level else 'is'} right on {words.rate(accuracy)} of the cells.",
        body=chart,
        caption=f"Marks: share of right answers on {shown.cells}; lines: 95{words.SPACE}% intervals. Where lines "
        "overlap, the cells may not tell models apart.",
        notes=f"{words.unmarked(comparison.verdict(shown.scored))} {chart.alt}",
    )


MAKERS.add(Maker("accuracy", 40, make))
