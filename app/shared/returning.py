"""Who comes back to a page, by the browser's own button or by the list of pages, finds it as it was left."""

from contextlib import suppress

import streamlit as st
from streamlit.errors import StreamlitAPIException

from app.shared.language import KEY

CHOICES, LAST = "choices_of_pages", "last_page"
"""Where a session keeps what stood in the address of each page, and which page it showed last."""


def restore(page: str) -> None:
    """Put back what was chosen on a page that is opened again, where its address says nothing of it.

    Streamlit's browser goes back to the address of a page without what was chosen there.
    """
    choices: dict[str, dict[str, list[str]]] = st.session_state.setdefault(CHOICES, {})
    left = choices.get(page, {})
    if st.session_state.get(LAST, page) != page and not set(left) & set(st.query_params):
        for name, values in left.items():
            with suppress(StreamlitAPIException):  # what a control is bound to already, it has itself
                st.query_params[name] = values
    st.session_state[LAST] = page
    keep(page)


def keep(page: str) -> None:
    """Note what stands in the address of a page."""
    names = [name for name in st.query_params if name != KEY]  # the language is that of all pages
    st.session_state[CHOICES][page] = {name: st.query_params.get_all(name) for name in names}
