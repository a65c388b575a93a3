"""What this count is not."""

from collections.abc import Iterator

from app.present.content import FOOTER, Points, Slide
from app.present.registry import MAKERS, Maker
from app.present.subject import Subject
from core.differential import method


def make(subject: Subject) -> Iterator[Slide]:
    last = subject.smear
    yield Slide(
        title="This is not a laboratory's differential count, and no finding on a patient.",
        body=Points((*method.NOT_DONE, FOOTER)),
        notes=f"{method.STANDARD} {' '.join(method.NOT_DONE)} {last.model.card.limits}",
    )


MAKERS.add(Maker("smear-not-done", 101, make))
