"""Which of the models to trust, as far as these cells can say."""

from collections.abc import Iterator

from app.present.content import Points, Slide
from app.present.registry import MAKERS, Maker
from app.present.subject import Subject
from app.shared import words
from app.shared.figures import comparison
from core import __version__


def make(subject: Subject) -> Iterator[Slide]:
    shown = subject.shown
    several = len(shown.names) > 1
    verdict = words.unmarked(comparison.verdict(shown.scored))
    yield Slide(
        title=verdict if several else f"How far can {shown.names[0]} be trusted?",
        lead=f"{words.join(shown.names)} on {shown.cells} of {shown.source}.",
        body=Points(
            (
                f"A model is given the picture of one blood cell and names one of {len(shown.space)} classes.",
                "Here it is set against the people who labelled the cell.",
                "All figures are worked out from its answers, cell by cell.",
            )
        ),
        notes="Begin with what this is not: it is no medical device and has been tested by no authority. "
        f"Made with Smearlens {__version__}.",
    )


MAKERS.add(Maker("verdict", 10, make))
