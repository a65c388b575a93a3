"""What makes the count less sure than its figures say."""

from collections.abc import Iterator

from app.present.content import Points, Slide
from app.present.registry import MAKERS, Maker
from app.present.subject import Subject
from core.differential import wording


def make(subject: Subject) -> Iterator[Slide]:
    last = subject.smear
    sentences = wording.wrong_first(last.smear, last.count)
    if not sentences:
        yield Slide(title="Nothing was noticed that speaks against this count.", lead=wording.INTENDED_USE)
    elif len(sentences) == 1:
        yield Slide(title=sentences[0])
    else:
        yield Slide(title=sentences[0], body=Points(tuple(sentences[1:])))


MAKERS.add(Maker("smear-cautions", 21, make))
