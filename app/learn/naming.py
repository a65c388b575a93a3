"""A round of naming cells: the question that it has come to, or how it went."""

from typing import TYPE_CHECKING

import streamlit as st

from app.learn import cell_pictures, choices, question_view, quiz, results
from app.learn.quiz import Round
from app.shared import words
from core.labels import PBC8

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint


def show(quiz_round: Round, model: "Checkpoint | None") -> None:
    questions = quiz_round.questions()
    if not questions:
        st.info(cell_pictures.how_to_get(quiz_round.collection), icon=":material/photo_library:")
        return
    if quiz.progress(quiz_round).turned < len(questions):
        question_view.show(quiz_round, questions, model)
    else:
        compared = None if quiz_round.practice else model
        results.show(quiz_round, questions, compared, lambda classes: choices.another_round(quiz_round, classes))
    st.markdown(in_words(quiz_round, len(questions), model))
    st.caption(cell_pictures.note(quiz_round.collection))


def in_words(quiz_round: Round, n: int, model: "Checkpoint | None") -> str:
    """The round in a sentence or two. n: the cells that it has."""
    classes = [PBC8[key].name.lower() for key in quiz_round.classes]
    among = words.join(classes) if quiz_round.narrowed else "all eight classes"
    text = f"Round {quiz_round.number}: {n} {quiz_round.collection} of {among}."
    if n < quiz_round.n:
        text += " There are no more here."
    if quiz_round.practice:
        beside = f"**{words.plain(model.name)}** answers beside you, and " if model else ""
        return f"{text} This is practice: {beside}nothing is compared."
    return text + (f" Your answers are compared with those of **{words.plain(model.name)}**." if model else "")
