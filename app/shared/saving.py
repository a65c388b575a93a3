"""What a page lets be saved."""

from collections.abc import Callable

import streamlit as st


def save_csv(name: str, data: str | Callable[[], str]) -> None:
    """A button that saves a table, or what a function gives when it is pressed, as smearlens-NAME.csv."""
    st.download_button(
        "Save as CSV", data, f"smearlens-{name}.csv", "text/csv", key=f"save-{name}", on_click="ignore", type="tertiary"
    )
