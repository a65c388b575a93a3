"""A round of the quiz as a session remembers it, and a model's word on its pictures."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from app.learn import cell_pictures
from app.shared import load, pictures
from app.shared.reading import explanations
from core.labels import PBC8
from core.teaching import NONE, Answer, Progress, Question, draw

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint
    from core.inference.reader import Reader, Reading

PROGRESS, BEGAN = "quiz-progress", "quiz-began"
"""Where a session keeps how far it is in each round, and when it first saw each question. Nowhere else."""

MAP_SIDE = 360
OPACITY = 0.5


@dataclass(frozen=True)
class Round:
    """What tells one round from another: all of it is in the address. classes: keys, of which its cells are."""

    stock: str
    n: int
    number: int
    classes: tuple[str, ...]

    def questions(self) -> tuple[Question, ...]:
        """Its cells; fewer than n where there are not so many pictures."""
        return draw(cell_pictures.pool(self.stock, self.classes), self.n, self.number)

    @property
    def narrowed(self) -> bool:
        """Whether it is of some of the classes only."""
        return len(self.classes) < len(PBC8)


def progress(of: Round) -> Progress:
    return _kept().get(of, Progress())


def _kept() -> dict[Round, Progress]:
    kept: dict[Round, Progress] = st.session_state.setdefault(PROGRESS, {})
    return kept


def _began() -> dict[tuple[Round, int], float]:
    kept: dict[tuple[Round, int], float] = st.session_state.setdefault(BEGAN, {})
    return kept


def begin(of: Round, number: int) -> None:
    """Note when a question was first shown."""
    _began().setdefault((of, number), time.monotonic())


def answer(of: Round, number: int, said: str) -> None:
    """Take an answer, a key of a class; once the truth was shown it changes nothing."""
    seconds = time.monotonic() - _began().get((of, number), time.monotonic())
    _kept()[of] = progress(of).answered(number, Answer(said, seconds))


def turn(of: Round, number: int) -> None:
    """On to the next question, or to the end."""
    _kept()[of] = progress(of).next(number)


def reading(of: Round, question: Question, model: "Checkpoint") -> "Reading":
    """What the model says of a picture, framed as any photo is."""
    return _reading(of.stock, question.name, model.card.sha256, load.reader(model))


@st.cache_data(max_entries=4096, show_spinner=False)
def _reading(stock: str, name: str, sha256: str, _reader: "Reader") -> "Reading":
    (found,) = _reader.read([cell_pictures.photo(stock, name)])
    return found


def said(one: "Reading") -> str:
    """The class that the model names; NONE where it gives no answer."""
    return one.label if one.verdict == "answer" else NONE


def answers(of: Round, questions: Sequence[Question], model: "Checkpoint") -> "list[Reading]":
    """The model's readings of a whole round."""
    with st.spinner(f"{model.name} names the same cells …"):
        return [reading(of, question, model) for question in questions]


@dataclass(frozen=True, eq=False)
class Looked:
    """Where a model looked for the likeliest of its classes: the box with the map over it, and in words."""

    picture: np.ndarray
    told: str


def looked(of: Round, question: Question, model: "Checkpoint") -> Looked:
    return _looked(of.stock, question.name, model.card.sha256, load.reader(model))


@st.cache_data(max_entries=256, show_spinner="Asking the model where it looked …")
def _looked(stock: str, name: str, sha256: str, _reader: "Reader") -> Looked:
    read, photo = _reading(stock, name, sha256, _reader), cell_pictures.photo(stock, name)
    method = explanations.quickest(_reader.checkpoint)
    found = _reader.explain(photo, read.box, method.name, read.label)
    base = pictures.ground(photo.pixels, read.box, found.crop, coarse=False, side=MAP_SIDE)
    kind = _reader.checkpoint.space[read.label].name.lower()
    told = f"Where it looked for {kind}, by {method.title}: lime raised the score of this class most."
    if found.map.flat:
        told += " Nothing stood out."
    return Looked(pictures.laid_over(base, found.map.values, OPACITY), told)
