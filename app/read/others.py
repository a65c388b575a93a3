"""What all other models say of the same cell: how far they agree first, then each beside the others."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from app.shared import load, words
from app.shared.language import _, class_in_sentence, class_name, joined, ngettext
from core.errors import CheckpointError

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint
    from core.imaging.decoding import Photo
    from core.imaging.windows import Box
    from core.inference.reader import Reading

ASKED, ANSWERED = "others-asked", "others-answered"
"""For which cell and box a session asks the other models, and what they said of it."""

NO_ANSWER = "none"


def show(cell: str, photo: "Photo", reading: "Reading", checkpoint: "Checkpoint") -> None:
    """An expander with a button that asks them, one after the other. cell: what tells it from other cells."""
    place = cell, reading.box.as_tuple()
    with st.expander(_("What do the other models say of this cell?"), icon=":material/groups:"):
        models = [model for model in load.best_first(load.checkpoints()) if model.card.sha256 != checkpoint.card.sha256]
        if not models:
            st.caption(_("There is no other model here."))
            return
        started = st.session_state.get(ASKED) == place
        if not started:
            st.button(
                ngettext("Ask {n} model", "Ask {n} models", len(models)),
                key="others-ask",
                icon=":material/play_circle:",
                on_click=_ask,
                args=(place,),
            )
        answers = _said(place)
        if started and len(answers) < len(models):
            _read_on(models, photo, reading.box, answers)
        if answers:
            _compare([(checkpoint, reading), *_in_order(models, answers)])


def _ask(place: object) -> None:
    st.session_state[ASKED] = place


def _stop() -> None:
    st.session_state.pop(ASKED, None)


def _said(place: object) -> "dict[str, Reading | str]":
    """By model's name, what it said of the cell in this box, or why it could not; of other cells it is forgotten."""
    last = st.session_state.get(ANSWERED)
    if last is None or last[0] != place:
        last = st.session_state[ANSWERED] = place, {}
    answers: dict[str, Reading | str] = last[1]
    return answers


def _read_on(models: "Sequence[Checkpoint]", photo: "Photo", box: "Box", answers: "dict[str, Reading | str]") -> None:
    """Ask those that have not answered. A click on Stop ends the script between two models; what was said stays."""
    row = st.container(horizontal=True, vertical_alignment="center")
    bar, stop = row.progress(0.0, _("Asking the other models …")), row.empty()
    stop.button(_("Stop"), key="others-stop", icon=":material/stop_circle:", on_click=_stop)
    for model in models:
        if model.name in answers:
            continue
        progress = _(
            "{model} is asked, {place} of {total} …",
            model=words.plain(model.name),
            place=len(answers) + 1,
            total=len(models),
        )
        bar.progress(len(answers) / len(models), progress)
        try:
            answers[model.name] = load.read_once(model, photo, box)
        except CheckpointError as error:
            answers[model.name] = str(error)
    bar.empty()
    stop.empty()


def _in_order(
    models: "Sequence[Checkpoint]", answers: "dict[str, Reading | str]"
) -> "list[tuple[Checkpoint, Reading]]":
    """Those that answered, the most accurate first; of the others the page says why."""
    answered = []
    for model in models:
        answer = answers.get(model.name)
        if isinstance(answer, str):
            st.caption(
                _(
                    "**{model}** could not be asked. {reason}",
                    model=words.plain(model.name),
                    reason=words.plain(answer),
                )
            )
        elif answer is not None:
            answered.append((model, answer))
    return answered


def _compare(answered: "Sequence[tuple[Checkpoint, Reading]]") -> None:
    st.markdown(in_short(answered))
    st.dataframe(
        table(answered),
        hide_index=True,
        column_config={
            _("Probability"): st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1),
            _("Model"): st.column_config.LinkColumn(display_text=r"model=(.+)$"),
            _("Study"): st.column_config.LinkColumn(
                display_text=r"study=(.)$", help=_("Where the network comes from, if it is one of the five studies.")
            ),
        },
        alt=_("One row for each model and what it says of this cell; models that agree stand together."),
    )
    st.caption(_("All read the same window of the photo. A model and a study open in a tab of their own."))


def in_short(answered: "Sequence[tuple[Checkpoint, Reading]]") -> str:
    """ "12 of 17 models say neutrophil, 3 immature granulocyte; 2 give no answer." """
    votes = Counter(vote_of(model, reading) for model, reading in answered)
    none = votes.pop(NO_ANSWER, 0)
    total = ngettext("{n} model", "{n} models", len(answered))
    if not votes:
        return _("**None of {models} names this cell.**", models=total)
    (first, most), *others = votes.most_common()
    text = ngettext("{n} of {models} says {vote}", "{n} of {models} say {vote}", most, models=total, vote=first)
    if most == len(answered) > 1:
        text = _("All {models} say {vote}", models=total, vote=first)
    rest = [ngettext("{n} says {vote}", "{n} say {vote}", times, vote=vote) for vote, times in others]
    rest += [ngettext("{n} gives no answer", "{n} give no answer", none)] if none else []
    return f"**{joined([text, *rest])}.**"


def vote_of(model: "Checkpoint", reading: "Reading") -> str:
    """The class that it names, in small letters, or NO_ANSWER."""
    return class_in_sentence(model.space[reading.label]) if reading.verdict == "answer" else NO_ANSWER


def table(answered: "Sequence[tuple[Checkpoint, Reading]]") -> pd.DataFrame:
    """One row a model, those that agree together, the largest group first, and those without an answer last."""
    votes = Counter(vote_of(model, reading) for model, reading in answered)
    order = sorted(votes, key=lambda vote: (vote == NO_ANSWER, -votes[vote]))
    rows = [
        {
            _("Model"): f"model?model={model.name}",
            _("Says"): words.in_list(reading, model.space),
            _("Likeliest"): class_name(model.space[reading.label]),
            _("Probability"): reading.confidence,
            _("Verdict"): _(words.VERDICTS[reading.verdict]),
            _("Laboratories"): len(model.card.learned_from),
            _("Study"): f"studies?study={study}" if (study := model.spec.study) and model.ensemble is None else None,
        }
        for vote in order
        for model, reading in answered
        if vote_of(model, reading) == vote
    ]
    return pd.DataFrame(rows)
