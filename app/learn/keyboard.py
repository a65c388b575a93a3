"""The keys of a round: taken in the browser and handed over in their order, however fast they are typed."""

from pathlib import Path
from typing import Any

import streamlit as st

from app.learn import quiz
from app.learn.quiz import Round
from core.labels import PBC8

KEY, TAKEN = "quiz-keys", "quiz-keys-taken"
"""The listener, and where a session keeps how many of its keys were taken, by when its page was opened."""

_listener = st.components.v2.component("quiz_keys", js=Path(__file__).with_name("keys.js").read_text("utf-8"))


def listen(quiz_round: Round, n: int) -> None:
    """Digits name the cell, the right arrow goes on. n: cells of the round."""
    _listener(key=KEY, default={"pressed": None}, on_pressed_change=lambda: take(st.session_state[KEY], quiz_round, n))


def take(state: Any, quiz_round: Round, n: int) -> None:
    """Act on the keys that were not taken yet, in their order. state: as the listener hands it over."""
    pressed = state["pressed"] or {"opened": "", "keys": []}
    taken: dict[str, int] = st.session_state.setdefault(TAKEN, {})
    first = taken.get(pressed["opened"], 0)
    taken[pressed["opened"]] = len(pressed["keys"])
    for key in pressed["keys"][first:]:
        if key == "ArrowRight":
            quiz.press_next(quiz_round)
        elif int(key) <= len(PBC8) and quiz.progress(quiz_round).turned < n:
            quiz.press_name(quiz_round, PBC8.keys[int(key) - 1])
