"""The slides of a talk as they are laid out, worked out once for the same subject."""

import streamlit as st

from app.present.layout import LaidOut, lay_out
from app.present.registry import TALKS, Talk, build
from app.present.subject import Subject


def pages(talk: Talk, subject: Subject) -> list[LaidOut]:
    """Of models they are remembered for all visitors, of a smear for the session that counted it."""
    draw = _of_models if subject.models else _of_smear
    return draw(talk.name, subject.key, subject)


@st.cache_data(max_entries=16, show_spinner="Drawing the slides …")
def _of_models(talk: str, key: tuple[object, ...], _subject: Subject) -> list[LaidOut]:
    return lay_out(build(TALKS[talk], _subject))


@st.cache_data(max_entries=2, show_spinner="Drawing the slides …", scope="session")
def _of_smear(talk: str, key: tuple[object, ...], _subject: Subject) -> list[LaidOut]:
    return lay_out(build(TALKS[talk], _subject))
