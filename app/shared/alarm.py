"""What a person must know before anything else: the gravest in one bar, whatever else there is in a list under it."""

from collections.abc import Sequence

import streamlit as st

from app.shared import words


def show(sentences: Sequence[str], icon: str = ":material/priority_high:") -> None:
    """sentences: as plain text, the gravest first; each is shown once, empty ones not at all."""
    if not (said_once := [*dict.fromkeys(filter(None, sentences))]):
        return
    first, *others = said_once
    st.warning(words.plain(first), icon=icon)
    if others:
        with st.expander(f"{words.count(len(others), 'more remark')}", icon=":material/list:"):
            st.markdown("\n".join(f"- {words.plain(sentence)}" for sentence in others))
