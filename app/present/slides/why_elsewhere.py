"""Why the same cells look different in another laboratory."""

from collections.abc import Iterator

from app.present.content import Points, Slide
from app.present.registry import MAKERS, Maker
from app.present.subject import Subject


def make(subject: Subject) -> Iterator[Slide]:
    yield Slide(
        title="The cells are the same; stain, light and camera are not.",
        body=Points(
            (
                "Stains differ from laboratory to laboratory, and from day to day.",
                "Cameras and lenses show more or fewer pixels of a cell, and other colours.",
                "A network learns what told classes apart in its own pictures, and that may be the stain.",
                "So a figure from one laboratory promises nothing for the next.",
            )
        ),
        notes="Studied as domain shift. The page Compare sets all models and trials side by side.",
    )


MAKERS.add(Maker("why-elsewhere", 25, make))
