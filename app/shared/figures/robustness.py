"""What is kept of how models read photos that were made worse."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from app.shared import words
from core.errors import CheckpointError
from core.evaluation.results.robustness import CLEAN, Robustness, kept_of
from core.imaging.corruptions import CORRUPTIONS

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint


COMMAND = "python -m core bench robustness --model {} --most 400 --keep"


def read_all(models: "Sequence[Checkpoint]") -> dict[str, Robustness]:
    """By name, what is kept of these models; where a table cannot be used the page says so."""
    found = {}
    for model in models:
        try:
            kept = kept_of(model.name, model.card.sha256)
        except CheckpointError as error:
            st.warning(words.plain(str(error)))
            continue
        if kept is not None:
            found[model.name] = kept
    return found


def title_of(corruption: str) -> str:
    return "As it is" if corruption == CLEAN else CORRUPTIONS[corruption].title


def about(kept: Robustness) -> str:
    """What was done, and when."""
    extra = words.join([title_of(name).lower() for name in kept.corruptions if name not in kept.published] or ["none"])
    return (
        f"The {len(kept.published)} corruptions are those of BloodMNIST-C with its strengths, put on the photo before "
        f"the cell is found; ours beside them, not in the mean: {extra}. Measured on {kept.facts.date} with "
        f"`{kept.facts.command}`."
    )
