"""What else was seen beside the white cells."""

from collections.abc import Iterator

from app.present.content import Points, Slide
from app.present.registry import MAKERS, Maker
from app.present.subject import Subject
from core.differential import wording


def make(subject: Subject) -> Iterator[Slide]:
    first, *others = wording.besides(subject.smear.count) or [""]
    if first:
        yield Slide(title=first, body=Points(tuple(others)) if others else None)


MAKERS.add(Maker("smear-besides", 91, make))
