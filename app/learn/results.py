"""The end of a round: what a person mixes up, beside what the model does, and what to practise."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from app.learn import cell_pictures, quiz
from app.learn.quiz import Round
from app.shared import charts, words
from app.shared.figures import comparison, confusion_charts, significance
from app.shared.language import N_, _, class_in_sentence, class_name, ngettext
from app.shared.saving import save_csv
from core.evaluation.comparison import UNLIKELY
from core.evaluation.report import SOFT_BELOW
from core.labels import PBC8, CellClass, LabelSpace
from core.teaching import Answer, MixUp, Question, RoundScore, mix_ups, paired_answers, score

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint
    from core.inference.reader import Reading

Practise = Callable[[tuple[str, ...]], None]
"""Turns to another round, of these classes; () for all."""

YOU = "you"
AT_MOST = 3
"""Pairs that are offered to be practised."""

WITHHELD = CellClass("", N_("No answer"), "–", "", "", charts.GREY)
STYLES = {YOU: ("#b0508a", "circle"), "the model": ("#1f9aa3", "square")}
"""No two in one colour or of one shape."""

PICTURE = 132


@dataclass(frozen=True, eq=False)
class RoundResult:
    """A round that is over. answers: the person's; readings: the model's, none where there is no model."""

    round: Round
    questions: tuple[Question, ...]
    answers: tuple[Answer, ...]
    model: "Checkpoint | None"
    readings: "Sequence[Reading]"

    @property
    def truth(self) -> list[str]:
        return [question.label for question in self.questions]

    @property
    def yours(self) -> list[str]:
        return [answer.label for answer in self.answers]

    @property
    def its(self) -> list[str]:
        """What the model said; NONE where it gave no answer."""
        return [quiz.answer_of(reading) for reading in self.readings]

    @property
    def scores(self) -> dict[str, RoundScore]:
        """By name: yours and, where there is a model, its."""
        scores = {YOU: score(self.truth, self.yours, PBC8.keys)}
        if self.model is not None:
            scores[self.model.name] = score(self.truth, self.its, PBC8.keys)
        return scores


def show(quiz_round: Round, questions: tuple[Question, ...], model: "Checkpoint | None", practise: Practise) -> None:
    """practise: called when another round is wanted."""
    readings = quiz.readings(quiz_round, questions, model) if model is not None else []
    result = RoundResult(quiz_round, questions, quiz.progress(quiz_round).answers, model, readings)
    st.header(headline(result), anchor=False)
    st.markdown(in_words(result))
    _matrices(result)
    if not quiz_round.practice:
        _classes(result)
    _to_practise(result, practise)
    _missed(result)
    with st.expander(_("All answers")):
        st.dataframe(listed(result), hide_index=True, alt=_("One row for each cell of the round, in its order."))
        st.caption(_("Seconds count from when a cell was first shown, including breaks."))
    save_csv(f"round-{quiz_round.number}", lambda: as_csv(result))
    st.caption(_("Your answers are kept only while this page is open in your browser."))


def headline(result: RoundResult) -> str:
    yours = result.scores[YOU]
    return _("You named {right} of {total} cells correctly", right=yours.right, total=yours.n)


def in_words(result: RoundResult) -> str:
    """How often each was right, and whether so few cells can tell them apart."""
    if result.round.practice:
        return _(
            "This was practice with {pictures}. How many were right says nothing about real cells, so it is compared "
            "with nobody's answers.",
            pictures=_(result.round.collection),
        )
    yours, *others = result.scores.values()
    sentences = [_("That is {rate}; the range in brackets is a 95 % interval.", rate=words.rate(yours.accuracy))]
    if not others or result.model is None:
        return " ".join([*sentences, _("So few cells say little about how many you would name in the long run.")])
    (its,) = others
    name = f"**{words.plain(result.model.name)}**"
    sentences += [_of_model(name, its), _difference(result, name)]
    if result.round.narrowed:
        sentences.append(_("You knew which classes to expect; the model chose among all eight."))
    return " ".join(sentences)


def _of_model(name: str, its: RoundScore) -> str:
    counts = {"model": name, "right": its.right or _("none"), "wrong": its.wrong or _("none")}
    if not its.withheld:
        return _("On the same cells {model} is right on {right} and wrong on {wrong}.", **counts)
    return _(
        "On the same cells {model} is right on {right}, wrong on {wrong} and gives no answer to {withheld}.",
        **counts,
        withheld=its.withheld,
    )


def _difference(result: RoundResult, name: str) -> str:
    pair = paired_answers(result.truth, result.yours, result.its)
    if not pair.only_first + pair.only_second:
        return _("You are both right on the same cells: this round shows no difference.")
    counts = {"yours": pair.only_first or _("none"), "its": pair.only_second or _("none")}
    p = significance.p_value(pair.p)
    if pair.p >= UNLIKELY:
        return _(
            "You got {yours} that it missed, and it got {its} that you missed: that may well be chance (p {p}), so the "
            "round does not show who is better.",
            **counts,
            p=p,
        )
    if pair.only_first > pair.only_second:
        return _(
            "You got {yours} that it missed, and it got {its} that you missed: you are better on such cells by more "
            "than chance would explain (p {p}). On other pictures this may differ.",
            **counts,
            p=p,
        )
    return _(
        "You got {yours} that it missed, and it got {its} that you missed: it is better on such cells by more than "
        "chance would explain (p {p}). On other pictures this may differ.",
        **counts,
        p=p,
    )


def _matrices(result: RoundResult) -> None:
    st.subheader(_("What was taken for what?"), anchor=False)
    st.markdown(
        _(
            "Rows show what the cells were, columns what they were called; figures count cells. Right answers are on "
            "the diagonal, mistakes beside it."
        )
    )
    scores = result.scores
    space = _columns(scores)
    highest = float(max(each.counts.max() for each in scores.values()))
    for place, (column, (name, its)) in enumerate(zip(st.columns(2), scores.items(), strict=False)):
        with column:
            st.markdown(
                _("**{who}**, {right} of {total} right", who=words.plain(_who(name)), right=its.right, total=its.n)
            )
            counts = _square(its, space)
            figure = confusion_charts.selectable(counts, space, confusion_charts.COUNT, highest, None)
            figure.update_xaxes(title=_("you said") if name == YOU else _("the model said"))
            # The row of cells that are no class is empty: it is there for the square alone.
            figure.update_yaxes(autorange=False, range=[len(PBC8) - 0.5, -0.5])
            alt = comparison.matrix_in_words(name, counts, space)
            st.plotly_chart(figure, key=f"round-matrix-{place}", config=charts.saved_as(f"round-{name}"), alt=alt)
    st.caption(f"{'; '.join(f'{each.abbreviation} {class_in_sentence(each)}' for each in space.classes)}.")
    with st.expander(_("The tables")):
        for name, its in scores.items():
            st.markdown(f"**{words.plain(_who(name))}**")
            table = comparison.matrix(_square(its, space), space).iloc[: len(PBC8)]
            st.dataframe(table, alt=_("Confusion matrix: {who}.", who=_who(name)))


def _columns(scores: dict[str, RoundScore]) -> LabelSpace:
    """The eight classes and, where a model gave no answer to some cells, a column for those."""
    withheld = any(each.withheld for each in scores.values())
    return LabelSpace("said", _("Answers"), (*PBC8.classes, WITHHELD)) if withheld else PBC8


def _square(its: RoundScore, space: LabelSpace) -> np.ndarray:
    """Counts of as many rows as columns, the row of no class being empty: (K, K) of the space."""
    counts = np.zeros((len(space), len(space)), dtype=np.int64)
    counts[: len(PBC8)] = its.counts[:, : len(space)]
    return counts


def _classes(result: RoundResult) -> None:
    st.subheader(_("Which classes were recognised?"), anchor=False)
    st.markdown(
        _(
            "The share of each class's cells that was named correctly (sensitivity), with its 95 % interval. Hollow "
            "marks are soft: fewer than {n} cells of the class came up, which in one round is true of every class.",
            n=SOFT_BELOW,
        )
    )
    by_class = dict(zip(STYLES, (each.per_class for each in result.scores.values()), strict=False))
    rates = [f"{row[_('Class')]}: {'; '.join(f'{who} {row[who]}' for who in _people(result))}" for row in _rows(result)]
    figure = charts.dots(by_class, STYLES, PBC8, "sensitivity")
    figure.update_layout(height=80 + 46 * len(by_class[YOU]))
    # To beyond both ends, where in a short round many marks are.
    figure.update_xaxes(range=[-0.03, 1.03], tickvals=[0, 0.25, 0.5, 0.75, 1])
    alt = _("Sensitivity by class.") + f" {'. '.join(rates)}."
    st.plotly_chart(figure, key="round-classes", config=charts.saved_as("round-classes"), alt=alt)
    with st.expander(_("The table")):
        st.dataframe(pd.DataFrame(_rows(result)), hide_index=True, alt=_("One row for each class that came."))


def _people(result: RoundResult) -> list[str]:
    return [_who(name) for name in result.scores]


def _who(name: str) -> str:
    """A person or a model at the beginning of a line."""
    return _("You") if name == YOU else name


def _rows(result: RoundResult) -> list[dict[str, object]]:
    """One row a class that came: its cells, and each one's sensitivity in words."""
    classes = zip(*(each.per_class for each in result.scores.values()), strict=True)
    return [
        {
            _("Class"): class_name(PBC8[same[0].key]),
            _("Cells"): same[0].n,
            **{who: words.rate(its["sensitivity"]) for who, its in zip(_people(result), same, strict=True)},
            _("Remark"): _("soft: fewer than {n} cells", n=SOFT_BELOW) if same[0].soft else "",
        }
        for same in classes
    ]


def _to_practise(result: RoundResult, practise: Practise) -> None:
    st.subheader(_("What to practise?"), anchor=False)
    mixes = mix_ups(result.scores[YOU])[:AT_MOST]
    if not mixes:
        st.markdown(_("You mixed up no classes in this round. Another round has other cells."))
    for place, mix in enumerate(mixes):
        _pair(mix, place, practise)
    if result.round.narrowed:
        st.button(
            _("Another round of these classes"),
            key="again-these",
            on_click=practise,
            args=(result.round.classes,),
            icon=":material/replay:",
        )
    st.button(_("Another round of all classes"), key="again", on_click=practise, args=((),), icon=":material/replay:")


def _pair(mix: MixUp, place: int, practise: Practise) -> None:
    first, second = PBC8[mix.first], PBC8[mix.second]
    with st.container(border=True):
        pair = {"first": class_name(first), "second": class_in_sentence(second)}
        st.markdown(
            ngettext(
                "**{first} and {second}**, mixed up once.",
                "**{first} and {second}**, mixed up {n} times.",
                mix.n,
                **pair,
            )
        )
        st.markdown("\n".join(f"- **{class_name(each)}:** {_(each.definition)}" for each in (first, second)))
        st.button(
            _("Practise {first} and {second}", first=class_in_sentence(first), second=class_in_sentence(second)),
            key=f"practise-{place}",
            on_click=practise,
            args=((mix.first, mix.second),),
            icon=":material/exercise:",
        )


def _missed(result: RoundResult) -> None:
    """The cells that were named wrongly, to look at once more."""
    missed = [
        (question, answer)
        for question, answer in zip(result.questions, result.answers, strict=True)
        if answer.label != question.label
    ]
    if not missed:
        return
    st.subheader(_("The cells that you missed"), anchor=False)
    with st.container(horizontal=True):
        for question, answer in missed:
            label, answered = class_name(PBC8[question.label]), class_in_sentence(PBC8[answer.label])
            with st.container(width=PICTURE, gap=None):
                single = cell_pictures.single(result.round.collection)
                picture = cell_pictures.small(result.round.collection, question.name, PICTURE)
                st.image(picture, width=PICTURE, alt=f"{label}, {single}.")
                st.caption(_("{class_name}; you said {mistaken}", class_name=label, mistaken=answered))


def listed(result: RoundResult) -> pd.DataFrame:
    """One row a cell, in words."""
    table = {
        _("File"): [question.name for question in result.questions],
        _("It was"): [class_name(PBC8[key]) for key in result.truth],
        _("You said"): [class_name(PBC8[key]) for key in result.yours],
    }
    if result.model is not None:
        name = result.model.name
        table[_("{model} said", model=name)] = [class_name(PBC8[key]) if key else _("no answer") for key in result.its]
    return pd.DataFrame({**table, _("Seconds"): [round(answer.seconds, 1) for answer in result.answers]})


def as_csv(result: RoundResult) -> str:
    """One row a cell as plain keys and numbers; model_answer is a class, or why the model gives none."""
    rows = []
    for place, (question, answer) in enumerate(zip(result.questions, result.answers, strict=True)):
        row: dict[str, object] = {"file": question.name, "truth": question.label, "answer": answer.label}
        if result.model is not None:
            reading = result.readings[place]
            row["model_answer"] = quiz.answer_of(reading) or reading.verdict
        row |= {"seconds": round(answer.seconds, 2), "pictures": result.round.collection, "round": result.round.number}
        if result.model is not None:
            row |= {"model": result.model.name, "sha256": result.model.card.sha256}
        rows.append(row)
    return pd.DataFrame(rows).to_csv(index=False)
