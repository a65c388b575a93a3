"""A round of naming cells: the question that it has come to, or how it went."""

from typing import TYPE_CHECKING

import streamlit as st

from app.learn import cell_pictures, choices, question_view, quiz, results
from app.learn.quiz import Round
from app.shared import words
from app.shared.language import _, class_in_sentence, joined
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
    classes = [class_in_sentence(PBC8[key]) for key in quiz_round.classes]
    among = joined(classes) if quiz_round.narrowed else _("all eight classes")
    pictures = _(quiz_round.collection)
    sentences = [
        _(
            "Round {number}: {n} {pictures} of {classes}.",
            number=quiz_round.number,
            n=n,
            pictures=pictures,
            classes=among,
        )
    ]
    if n < quiz_round.n:
        sentences.append(_("There are no more here."))
    name = f"**{words.plain(model.name)}**" if model else ""
    if quiz_round.practice:
        beside = _("This is practice: {model} answers beside you, and nothing is compared.", model=name)
        sentences.append(beside if model else _("This is practice: nothing is compared."))
    elif model:
        sentences.append(_("Your answers are compared with those of {model}.", model=name))
    return " ".join(sentences)
