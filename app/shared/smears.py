"""The smear that was counted last in this session, for pages that go on from it."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import streamlit as st

from core.imaging.decoding import Photo

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.checkpoints import Checkpoint
    from core.differential.counts import Differential
    from core.differential.smear import Smear

LAST = "smear_last"


@dataclass(frozen=True, eq=False)
class LastSmear:
    """A smear with all corrections, and the model that read it. photo_of: the pixels of a photo by its number.

    note: what has to be said of it before anything else, as of an example; "" for a person's own photos.
    """

    smear: "Smear"
    model: "Checkpoint"
    photo_of: "Callable[[int], Photo]"
    note: str = ""

    @property
    def mark(self) -> str:
        """What the smear is called where it is no photograph of a person's own, as a sentence; "" of their own."""
        return f"{self.smear.identifier}." if self.note else ""

    @cached_property
    def count(self) -> "Differential":
        """Worked out once."""
        from core.differential.counts import differential

        return differential(self.smear)


def keep(last: LastSmear) -> None:
    """Remember it for as long as the page is open."""
    st.session_state[LAST] = last


def last_counted() -> LastSmear | None:
    """None where nothing was counted in this session."""
    last: LastSmear | None = st.session_state.get(LAST)
    return last
