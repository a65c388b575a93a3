"""Which talk is shown, and what it is about."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from app.present.registry import TALKS, Talk
from app.present.subject import Shown, Subject
from app.shared import alarm, load, scoping, smears
from app.shared.figures.models import AT_FIRST, AT_MOST, styles_of
from core.errors import CheckpointError
from core.evaluation.scope import Scope

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint


def choose_talk() -> Talk:
    by_title = {talk.title: talk for talk in TALKS.values()}
    title = st.selectbox(
        "Talk", list(by_title), key="talk", bind="query-params", width=320, label_visibility="collapsed"
    )
    return by_title[title]


def choose_subject(talk: Talk, checkpoints: "Sequence[Checkpoint]") -> Subject | None:
    """What the talk is about; None where there is nothing of the kind.

    checkpoints: one or more, the best by validation first.
    """
    if talk.about == "smear":
        last = smears.last_counted()
        return Subject(counted=last) if last else None
    with st.popover("What is shown", icon=":material/tune:"):
        shown = _models(checkpoints) if talk.about == "models" else _model(checkpoints)
    return Subject(shown) if shown else None


def _models(checkpoints: "Sequence[Checkpoint]") -> Shown | None:
    scope = scoping.choose_scope(checkpoints)
    if scope is None:
        return None
    models = _readable(checkpoints, scope)
    names = [model.name for model in models]
    selected = st.pills(
        "Models",
        names,
        selection_mode="multi",
        default=names[:AT_FIRST],
        key="models",
        bind="query-params",
        help=f"At most {AT_MOST}. The most accurate on validation cells come first.",
    )
    chosen = [model for model in models if model.name in (selected or names[:AT_FIRST])]
    together = scoping.together(chosen[:AT_MOST], scope)
    return Shown(together, styles_of(models)) if together else None


def _readable(checkpoints: "Sequence[Checkpoint]", scope: Scope) -> "list[Checkpoint]":
    """Those with predictions for these cells; of a damaged table the page says so."""
    readable, problems = [], []
    for model in checkpoints:
        try:
            held = {(one.source, one.split) for one in load.scopes(model)}
        except CheckpointError as error:
            problems.append(f"{model.name} is left out. {error}")
            continue
        if (scope.source, scope.split) in held:
            readable.append(model)
    alarm.show(problems)
    return readable


def _model(checkpoints: "Sequence[Checkpoint]") -> Shown | None:
    model = scoping.choose_model(checkpoints)
    scope = scoping.choose_scope([model])
    together = scoping.together([model], scope) if scope else None
    return Shown(together, styles_of(checkpoints)) if together else None
