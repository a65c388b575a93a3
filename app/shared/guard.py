"""What a person sees when something goes wrong: one sentence, never a traceback."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from app.shared.words import plain
from core.errors import SmearlensError

UNFORESEEN = (
    "Something went wrong that Smearlens did not foresee. Your files are untouched; reload the page to go on. "
    "The window in which Smearlens was started says more."
)


@contextmanager
def guarded() -> Iterator[None]:
    """Shows the sentence of an expected error, and one for all others, which are logged."""
    try:
        yield
    except SmearlensError as error:
        st.error(plain(str(error)), icon=":material/error:")
    except Exception:
        logging.getLogger(__name__).exception("A page failed.")
        st.error(UNFORESEEN, icon=":material/error:")
