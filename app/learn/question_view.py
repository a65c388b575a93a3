"""One question of the quiz: the cell and the names to choose from, then the truth beside the model's answer."""

from typing import TYPE_CHECKING

import streamlit as st

from app.learn import cell_pictures, keyboard, quiz
from app.learn.quiz import Round
from app.shared import alarm, words
from app.shared.language import _, class_name, class_with_article, joined
from app.shared.reading import morphology
from core.imaging.decoding import Photo
from core.labels import PBC8
from core.teaching import Answer, Question

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint

WIDTH = 360
"""Of a picture, in screen pixels: as much as a phone has room for."""


def show(quiz_round: Round, questions: tuple[Question, ...], model: "Checkpoint | None") -> None:
    """The question that the round has come to, which is not its end."""
    progress = quiz.progress(quiz_round)
    number = progress.turned
    question = questions[number]
    right = sum(answer.label == past.label for answer, past in zip(progress.answers, questions, strict=False))
    st.caption(
        _(
            "Cell {number} of {total}. Right so far: {right} of {answered}.",
            number=number + 1,
            total=len(questions),
            right=right,
            answered=len(progress.answers),
        )
    )
    photo = cell_pictures.photo(quiz_round.collection, question.name)
    keyboard.listen(quiz_round, len(questions))
    left, right_side = st.columns(2, gap="medium")
    # Until it is answered neither the text for those who cannot see it nor anything else names the cell.
    picture = cell_pictures.single(quiz_round.collection)
    name = class_name(PBC8[question.label]) if progress.shown else _("to be named")
    alt = _("Cell {number}, {picture}: {class_name}.", number=number + 1, picture=picture, class_name=name)
    left.image(photo.pixels, width=WIDTH, alt=alt)
    with right_side:
        if progress.shown is None:
            quiz.note_shown(quiz_round, number)
            st.header(_("Which cell is this?"), anchor=False)
        else:
            _verdict(question, progress.shown)
        _names(quiz_round)
        if progress.shown is None:
            st.caption(_("Click a name, or press its number. The first answer counts."))
        else:
            _go_on(quiz_round, last=number + 1 == len(questions))
            _definitions(quiz_round, question, quiz.compared() or progress.shown.label)
    if progress.shown is not None and model is not None:
        _second_opinion(quiz_round, question, photo, model)


def _names(quiz_round: Round) -> None:
    """In one place before and after the answer; by their keys too where the browser takes none (see keyboard)."""
    with st.container(horizontal=True, gap="small"):
        for place, cell_class in enumerate(PBC8.classes, 1):
            st.button(
                class_name(cell_class),
                key=f"say-{place}",
                shortcut=str(place),
                on_click=quiz.press_name,
                args=(quiz_round, cell_class.key),
            )


def _go_on(quiz_round: Round, *, last: bool) -> None:
    st.button(
        _("See how the round went") if last else _("Next"),
        key="turn",
        shortcut="Right",
        icon=":material/arrow_forward:",
        on_click=quiz.press_next,
        args=(quiz_round,),
    )


def _verdict(question: Question, answer: Answer) -> None:
    name = class_with_article(PBC8[question.label])
    if answer.label == question.label:
        st.success(_("Right: it is {class_name}.", class_name=name), icon=":material/check:")
    else:
        mistaken = class_with_article(PBC8[answer.label])
        alarm.show(
            [_("It is {class_name}. You said {mistaken}.", class_name=name, mistaken=mistaken)], icon=":material/close:"
        )


def _definitions(quiz_round: Round, question: Question, compared: str) -> None:
    """What to see in the cell, and what would be seen in another. compared: key of the class of that one."""
    true_class = PBC8[question.label]
    st.markdown(f"**{class_name(true_class)} ({true_class.abbreviation}).** {_(true_class.definition)}")
    defined = [true_class]
    subtype = cell_pictures.subtype(quiz_round.collection, question.name)
    if subtype is not None:
        st.markdown(_("This one is {subtype}.", subtype=class_with_article(subtype)) + f" {_(subtype.definition)}")
        defined.append(subtype)
    if compared != question.label:
        other = PBC8[compared]
        name = class_with_article(other)
        st.markdown(
            _(
                "{class_name} would look like this: {definition}",
                class_name=name[0].upper() + name[1:],
                definition=words.lowered(_(other.definition)),
            )
        )
        defined.append(other)
    st.caption(_("A name shows what such a cell looks like."))
    sources = dict.fromkeys(cell_class.source for cell_class in defined)
    st.caption(_("After {sources}.", sources=joined(list(sources))))


def _second_opinion(quiz_round: Round, question: Question, photo: Photo, model: "Checkpoint") -> None:
    """What the model says of the same picture, and where its evidence is."""
    reading = quiz.reading(quiz_round, question, model)
    overlaid = quiz.overlaid(quiz_round, question, model)
    drawing = quiz_round.collection == cell_pictures.DRAWN
    with st.container(border=True):
        left, right = st.columns(2, gap="medium")
        with left:
            st.image(
                overlaid.pixels, width=WIDTH, alt=_("What {model} read.", model=model.name) + f" {overlaid.caption}"
            )
            st.caption(overlaid.caption)
        with right:
            st.markdown(f"**{words.plain(model.name)}: {words.headline(reading, model.space)}**")
            mark = _mark(question, quiz.answer_of(reading))
            st.markdown(f"**{mark}** {words.explanation(reading, model.space, drawing=drawing)}")
            if drawing:
                st.caption(_("This is a drawing, and the model learned from photographs: its answer says little."))
            else:
                morphology.show(f"quiz-{quiz_round.collection}-{question.name}", photo, reading, model)


def _mark(question: Question, label: str) -> str:
    if not label:
        return _("No answer.")
    return _("Right.") if label == question.label else _("Wrong.")
