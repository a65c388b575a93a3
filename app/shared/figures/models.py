"""Models that a page sets side by side: which, their figures, and their look on charts."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from app.shared import alarm, charts, load, words
from app.shared.load import Scored
from core.errors import CheckpointError
from core.evaluation.scope import Scope

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint


AT_FIRST = 4
"""Models that are looked at closely before anybody chooses."""


AT_MOST = 6
"""Models that are looked at closely at once: more would make charts that nobody can read."""


def score(models: "Sequence[Checkpoint]", scope: Scope) -> dict[str, Scored]:
    """Figures of every model by name; those without predictions for these cells are named, and the page goes on."""
    scores, problems, unmeasured = {}, {}, []
    with st.spinner(f"Working out the figures of {words.count(len(models), 'model')} …"):
        for model in models:
            try:
                if any(_holds(held, scope) for held in load.scopes(model)):
                    scores[model.name] = load.tested(model, scope)
                else:
                    unmeasured.append(f"**{words.plain(model.name)}**")
            except CheckpointError as error:
                problems[model.name] = str(error)
    if unmeasured:
        st.caption(f"Left out, having no predictions for these cells: {words.join(unmeasured)}.")
    alarm.show([f"{name} is left out. {problem}" for name, problem in problems.items()])
    return scores


def _holds(held: Scope, scope: Scope) -> bool:
    """Whether a source, split and lab of a table are among those wanted."""
    return (held.source, held.split) == (scope.source, scope.split) and scope.lab in ("", held.lab)


def styles_of(models: "Sequence[Checkpoint]") -> dict[str, charts.Style]:
    """By name, the look of each model on every chart. models: all of them, so that a model's look never changes."""
    from core.models.registry import ARCHITECTURES

    return charts.model_styles(list(ARCHITECTURES), {model.name: model.card.architecture for model in models})
