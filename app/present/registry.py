"""Talks and their slides, each entered in a file of its own and found by listing its package.

A talk names the slides that it takes from those that are there, and a slide the talks that it belongs to; either is
enough. Within a talk slides stand in their order.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from app.present.content import Deck, Slide
from app.present.subject import Subject
from core.registry import Registry

About = Literal["models", "model", "smear"]
"""What has to be chosen for a talk: some models, a single one, or nothing, as it is the smear that is counted."""


@dataclass(frozen=True)
class Maker:
    """Makes a slide, or several of one kind, or none where there is nothing to say. order: its place in every talk."""

    name: str
    order: int
    make: Callable[[Subject], Iterable[Slide]]
    talks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Talk:
    """A question that a room may have. title: the question, as it stands in the list. slides: names of makers."""

    name: str
    title: str
    order: int
    about: About
    slides: tuple[str, ...] = ()


MAKERS: Registry[Maker] = Registry("slide", "app.present.slides")


def _unknown(talk: Talk) -> Iterator[str]:
    for name in talk.slides:
        if name not in MAKERS:
            yield f"There is no slide called {name!r} in app/present/slides."


TALKS: Registry[Talk] = Registry("talk", "app.present.talks", _unknown)


def build(talk: Talk, subject: Subject) -> Deck:
    """The slides of a talk on its subject, in their order."""
    makers = [maker for maker in MAKERS.values() if maker.name in talk.slides or talk.name in maker.talks]
    slides = tuple(slide for maker in makers for slide in maker.make(subject))
    return Deck(talk.title, slides)
