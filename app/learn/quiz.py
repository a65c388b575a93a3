"""A round of the quiz as a session remembers it, and what a model says of its cells."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from app.learn import cell_pictures
from app.shared import load, pictures
from app.shared.language import _, class_in_sentence, current
from app.shared.reading import explanations
from core.labels import PBC8
from core.teaching import NONE, Answer, Question, RoundProgress, draw

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint
    from core.inference.reader import Reader, Reading

PROGRESS, FIRST_SHOWN, COMPARED = "quiz-progress", "quiz-began", "quiz-compared"
"""Where a session keeps how far it is in each round, when it first saw each question, and the class to compare with.
Nowhere else."""

MAP_SIDE = 360
OPACITY = 0.5


@dataclass(frozen=True)
class Round:
    """What tells one round from another: all of it is in the address.

    collection: one of cell_pictures.COLLECTIONS. n: cells. classes: keys, of which its cells are.
    """

    collection: str
    n: int
    number: int
    classes: tuple[str, ...]

    def questions(self) -> tuple[Question, ...]:
        """Its cells; fewer than n where there are not so many pictures."""
        return draw(cell_pictures.pool(self.collection, self.classes), self.n, self.number)

    @property
    def practice(self) -> bool:
        """Whether its pictures are no photographs, so that how many were right says nothing that could be compared."""
        return self.collection != cell_pictures.REAL

    @property
    def narrowed(self) -> bool:
        """Whether it is of some of the classes only."""
        return len(self.classes) < len(PBC8)


def progress(quiz_round: Round) -> RoundProgress:
    return _all_progress().get(quiz_round, RoundProgress())


def _all_progress() -> dict[Round, RoundProgress]:
    by_round: dict[Round, RoundProgress] = st.session_state.setdefault(PROGRESS, {})
    return by_round


def _first_shown() -> dict[tuple[Round, int], float]:
    times: dict[tuple[Round, int], float] = st.session_state.setdefault(FIRST_SHOWN, {})
    return times


def note_shown(quiz_round: Round, number: int) -> None:
    """Note when a question was first shown."""
    _first_shown().setdefault((quiz_round, number), time.monotonic())


def press_name(quiz_round: Round, label: str) -> None:
    """A class was named, by its key: an answer where one is waited for, else a class to compare with."""
    now = progress(quiz_round)
    if now.shown is not None:
        st.session_state[COMPARED] = label
    else:
        st.session_state.pop(COMPARED, None)
        _answer(quiz_round, now.turned, label)


def press_next(quiz_round: Round) -> None:
    """On to the next question, or to the end; nothing where the question waits for an answer."""
    now = progress(quiz_round)
    st.session_state.pop(COMPARED, None)
    if now.shown is not None:
        _all_progress()[quiz_round] = now.next(now.turned)
        note_shown(quiz_round, now.turned + 1)


def compared() -> str:
    """Key of the class that was named beside the truth; "" for none."""
    return str(st.session_state.get(COMPARED, ""))


def _answer(quiz_round: Round, number: int, label: str) -> None:
    """Take an answer, a key of a class; once the truth was shown it changes nothing."""
    now = time.monotonic()
    seconds = now - _first_shown().get((quiz_round, number), now)
    _all_progress()[quiz_round] = progress(quiz_round).answered(number, Answer(label, seconds))


def reading(quiz_round: Round, question: Question, model: "Checkpoint") -> "Reading":
    """What the model says of a picture, framed as any photo is."""
    return _reading(quiz_round.collection, question.name, model.card.sha256, load.reader(model))


@st.cache_data(max_entries=4096, show_spinner=False)
def _reading(collection: str, name: str, sha256: str, _reader: "Reader") -> "Reading":
    (reading,) = _reader.read([cell_pictures.photo(collection, name)])
    return reading


def answer_of(reading: "Reading") -> str:
    """The class that the model names; NONE where it gives no answer."""
    return reading.label if reading.verdict == "answer" else NONE


def readings(quiz_round: Round, questions: Sequence[Question], model: "Checkpoint") -> "list[Reading]":
    """The model's readings of a whole round."""
    with st.spinner(_("{model} names the same cells …", model=model.name)):
        return [reading(quiz_round, question, model) for question in questions]


@dataclass(frozen=True, eq=False)
class OverlaidCell:
    """Where a model found evidence for the likeliest of its classes: the box with its map, and what the map marks."""

    pixels: np.ndarray
    caption: str


def overlaid(quiz_round: Round, question: Question, model: "Checkpoint") -> OverlaidCell:
    with st.spinner(_("Asking the model for its evidence …")):
        return _overlaid(quiz_round.collection, question.name, model.card.sha256, current(), load.reader(model))


@st.cache_data(max_entries=256, show_spinner=False)
def _overlaid(collection: str, name: str, sha256: str, language: str, _reader: "Reader") -> OverlaidCell:
    """language: of the caption, which is remembered with the picture."""
    reading, photo = _reading(collection, name, sha256, _reader), cell_pictures.photo(collection, name)
    method = explanations.quickest(_reader.checkpoint)
    explanation = _reader.explain(photo, reading.box, method.name, reading.label)
    base = pictures.ground(photo.pixels, reading.box, explanation.crop, coarse=False, side=MAP_SIDE)
    named = class_in_sentence(_reader.checkpoint.space[reading.label])
    caption = _("Lime: {meaning}, by {method}.", meaning=explanations.meaning(method, named), method=method.title)
    if explanation.map.flat:
        caption += " " + _("Nothing stood out.")
    return OverlaidCell(pictures.laid_over(base, explanation.map.values, OPACITY), caption)
