"""One question of the quiz: the cell and the names to choose from, then the truth beside the model's answer."""

from typing import TYPE_CHECKING

import streamlit as st

from app.learn import cell_pictures, quiz
from app.learn.quiz import Round
from app.shared import words
from app.shared.reading import morphology
from core.imaging.decoding import Photo
from core.labels import PBC8
from core.teaching import Answer, Question

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint

WIDTH = 360
"""Of a picture, in screen pixels: as much as a phone has room for."""


def show(of: Round, questions: tuple[Question, ...], model: "Checkpoint | None") -> None:
    """The question that the round has come to, which is not its end."""
    made = quiz.progress(of)
    number, count = made.turned, len(questions)
    question = questions[number]
    right = sum(one.said == asked.kind for one, asked in zip(made.answers, questions, strict=False))
    st.caption(f"Cell {number + 1} of {count}. Named rightly so far: {right} of {len(made.answers)}.")
    photo = cell_pictures.photo(of.stock, question.name)
    if made.shown is None:
        _ask(of, number, photo)
    else:
        _tell(of, number, question, made.shown, photo, count, model)


def _ask(of: Round, number: int, photo: Photo) -> None:
    quiz.begin(of, number)
    left, right = st.columns(2, gap="medium")
    # Its name would tell what it is, so neither the text for those who cannot see it nor anything else names it.
    left.image(photo.pixels, width=WIDTH, alt=f"Cell {number + 1}, {cell_pictures.single(of.stock)}, to be named.")
    with right:
        st.header("Which cell is this?", anchor=False)
        with st.container(horizontal=True, gap="small"):
            for place, kind in enumerate(PBC8.classes, 1):
                st.button(
                    kind.name,
                    key=f"say-{place}",
                    shortcut=str(place),
                    on_click=quiz.answer,
                    args=(of, number, kind.key),
                )
        st.caption("Click a name, or press its number. The first answer counts.")


def _tell(
    of: Round, number: int, question: Question, said: Answer, photo: Photo, count: int, model: "Checkpoint | None"
) -> None:
    kind = PBC8[question.kind]
    left, right = st.columns(2, gap="medium")
    left.image(photo.pixels, width=WIDTH, alt=f"Cell {number + 1}, {cell_pictures.single(of.stock)}: {kind.name}.")
    with right:
        _verdict(question, said)
        on = "Next" if number + 1 < count else "See how the round went"
        st.button(
            on, key="turn", shortcut="Right", icon=":material/arrow_forward:", on_click=quiz.turn, args=(of, number)
        )
        _morphology(of, question, said)
    if model is not None:
        _second_opinion(of, question, photo, model)


def _verdict(question: Question, said: Answer) -> None:
    name = words.article(PBC8[question.kind].name)
    if said.said == question.kind:
        st.success(f"Right: it is {name}.", icon=":material/check:")
    else:
        st.warning(f"It is {name}. You said {words.article(PBC8[said.said].name)}.", icon=":material/close:")


def _morphology(of: Round, question: Question, said: Answer) -> None:
    """What to see in the cell, and what would be seen in the one that it was taken for."""
    kind = PBC8[question.kind]
    st.markdown(f"**{kind.name} ({kind.abbreviation}).** {kind.definition}")
    finer = cell_pictures.finer(of.stock, question.name)
    if finer is not None:
        st.markdown(f"This one is {words.article(finer.name)}. {finer.definition}")
    shown = [kind] if finer is None else [kind, finer]
    if said.said != question.kind:
        taken = PBC8[said.said]
        st.markdown(f"{words.article(taken.name).capitalize()} would look so: {lowered(taken.definition)}")
        shown.append(taken)
    st.caption(f"After {words.join(list(dict.fromkeys(one.source for one in shown)))}.")


def lowered(sentence: str) -> str:
    """A sentence that goes on after a colon."""
    return sentence[0].lower() + sentence[1:]


def _second_opinion(of: Round, question: Question, photo: Photo, model: "Checkpoint") -> None:
    """What the model says of the same picture, and where it looked."""
    read = quiz.reading(of, question, model)
    found = quiz.looked(of, question, model)
    drawing = of.stock == cell_pictures.DRAWN
    with st.container(border=True):
        left, right = st.columns(2, gap="medium")
        with left:
            st.image(found.picture, width=WIDTH, alt=f"What {model.name} read, with lime where it looked.")
            st.caption(found.told)
        with right:
            st.subheader(f"{words.plain(model.name)}: {words.headline(read, model.space)}", anchor=False)
            st.markdown(f"**{_mark(question, quiz.said(read))}** {words.explanation(read, model.space, drawing)}")
            if drawing:
                st.caption("This is a drawing, and the model learned from photographs: its answer says little.")
            else:
                morphology.show(f"quiz-{of.stock}-{question.name}", photo, read, model)


def _mark(question: Question, said: str) -> str:
    if not said:
        return "No answer."
    return "Right." if said == question.kind else "Wrong."
