"""The list of pages that the navigation, its links and the tests share."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import Page

FOLDER = Path(__file__).resolve().parent
"""Not called pages: Streamlit would take such a folder for a navigation of its own, and a first visit to /compare
would then open that page's file without the frame and the guard of main.py."""


@dataclass(frozen=True)
class Entry:
    """One page. address: its path in the browser; title: as the navigation and the tab call it."""

    address: str
    title: str
    icon: str

    @property
    def file(self) -> Path:
        return FOLDER / self.address / "page.py"


ENTRIES = (
    Entry("read", "Read", ":material/search:"),
    Entry("count", "Count", ":material/grid_view:"),
    Entry("learn", "Learn", ":material/quiz:"),
    Entry("compare", "Compare", ":material/balance:"),
    Entry("model", "Model", ":material/model_training:"),
    Entry("errors", "Errors", ":material/rule:"),
    Entry("data", "Data", ":material/dataset:"),
    Entry("present", "Present", ":material/slideshow:"),
    Entry("studies", "Studies", ":material/school:"),
    Entry("about", "About", ":material/info:"),
)


def pages() -> list[Page]:
    """The pages for `st.navigation`. The first has the bare address, and answers to its own name as well."""
    first = ENTRIES[0]
    bare = st.Page(first.file, title=first.title, icon=first.icon, url_path="start", default=True)
    named = st.Page(first.file, title=first.title, icon=first.icon, url_path=first.address, visibility="hidden")
    others = [st.Page(e.file, title=e.title, icon=e.icon, url_path=e.address) for e in ENTRIES[1:]]
    return [bare, *others, named]
