"""What the figures do not say."""

from collections.abc import Iterator

from app.present.content import FOOTER, Points, Slide
from app.present.registry import MAKERS, Maker
from app.present.subject import Subject


def make(subject: Subject) -> Iterator[Slide]:
    models = subject.shown.models
    yield Slide(
        title="None of this says that a model may be used on patients.",
        body=Points(
            (
                "The figures count cells, not patients, and hold for one kind of picture.",
                *dict.fromkeys(model.card.limits for model in models),
                "Cells of one patient look alike, so the intervals are narrower than they should be.",
                "The labels were given by people, and some are in doubt.",
                FOOTER,
            )
        ),
        notes=" ".join(dict.fromkeys(model.card.intended_use for model in models)),
    )


MAKERS.add(Maker("not-claimed", 100, make))
