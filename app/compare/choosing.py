"""The models that Compare looks at closely, and what was done so that they can be compared."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from app.shared import alarm, words
from app.shared.figures.models import AT_FIRST, AT_MOST
from app.shared.scoping import Together

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint


def choose(models: "Sequence[Checkpoint]") -> "list[Checkpoint]":
    """The models to look at closely, at most AT_MOST. models: those that have the chosen cells, the best first."""
    names = [model.name for model in models]
    if len(names) == 1:
        return list(models)
    first = names[:AT_FIRST]
    picked = st.pills(
        "Models",
        names,
        selection_mode="multi",
        default=first,
        key="models",
        bind="query-params",
        help=f"Two to {AT_MOST} models, or one by itself. The most accurate on validation cells come first.",
    )
    chosen = [model for model in models if model.name in (picked or first)]
    if len(chosen) > AT_MOST:
        left = words.join([model.name for model in chosen[AT_MOST:]])
        alarm.show(
            [
                f"At most {AT_MOST} models fit here at once, so {left} "
                f"{'is' if len(chosen) == AT_MOST + 1 else 'are'} left out. Remove one to make room."
            ]
        )
    return chosen[:AT_MOST]


def notes(together: Together) -> None:
    """What was done so that the models can be set side by side."""
    for note in together.notes:
        st.info(note)
