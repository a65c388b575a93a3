"""A long page in sections, one at a time: the list stands above them, and what is chosen is in the address.

A section is a name and what shows it; only the one that is open is worked out.
"""

from collections.abc import Callable, Mapping
from typing import TypeVarTuple

import streamlit as st

Given = TypeVarTuple("Given")

KEY = "part"
"""Name of the choice in the address."""


def show(sections: Mapping[str, Callable[[*Given], None]], *given: *Given) -> None:
    """The list, and below it the section that the address names, the first at first; all are given the same."""
    names = list(sections)
    name = st.segmented_control("Look at", names, default=names[0], required=True, key=KEY, bind="query-params")
    sections[name if name in sections else names[0]](*given)
