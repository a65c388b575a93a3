"""What a laboratory can do before it believes a model."""

from collections.abc import Iterator

from app.present.content import Points, Slide
from app.present.registry import MAKERS, Maker
from app.present.subject import Subject


def make(subject: Subject) -> Iterator[Slide]:
    yield Slide(
        title="A new laboratory has to try it on its own cells first.",
        body=Points(
            (
                "Let two people name some hundred cells of your own, without seeing the answers.",
                "Read the same cells on the page Read, and save the table of answers.",
                "Count where people and model differ, class by class.",
                "Look at what it calls unsure or unlike: that share is work that stays with people.",
            )
        ),
        notes="This is a trial for research and teaching. It validates nothing for use on patients.",
    )


MAKERS.add(Maker("before-use", 96, make))
