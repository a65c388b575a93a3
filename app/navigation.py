"""The pages: every folder here that has a `page.py` is one, and says in its `__init__.py` what the navigation needs."""

import re
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import streamlit as st
from streamlit.navigation.page import Page

from app.shared.entry import PageEntry
from app.shared.language import _
from core.registry import RegistrationError

FOLDER = Path(__file__).resolve().parent
"""Pages lie beside main.py and not in a folder called pages: Streamlit would take that for a navigation of its own, and
a first visit to /compare would then open that page's file without the frame and the guard of main.py."""

Visibility = Literal["visible", "hidden"]

START = "start"
"""The address that Streamlit gives the first page beside the bare one; no page may be called so."""


def discover(folder: Path, package: str) -> tuple[PageEntry, ...]:
    """The pages in a folder that is imported as `package`, in their order.

    RegistrationError with a sentence where one does not say what a page must say.
    """
    entries = [_entry_of(file.parent.name, package) for file in sorted(folder.glob("*/page.py"))]
    for what in ("order", "title"):
        taken: dict[object, PageEntry] = {}
        for entry in entries:
            other = taken.setdefault(getattr(entry, what), entry)
            if other is not entry:
                raise RegistrationError(
                    f"{other.package} and {entry.package} have the same {what}: {getattr(entry, what)}."
                )
    return tuple(sorted(entries, key=lambda entry: entry.order))


def _entry_of(name: str, package: str) -> PageEntry:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or name == START:
        raise RegistrationError(
            f"{package}/{name} cannot be a page: its folder is its address, in small letters, not {START}."
        )
    entry = getattr(import_module(f"{package}.{name}"), "ENTRY", None)
    if not isinstance(entry, PageEntry):
        raise RegistrationError(
            f"{package}.{name} has a page.py, but its __init__.py has no ENTRY with title, icon and order."
        )
    if entry.package != f"{package}.{name}":
        raise RegistrationError(
            f"The ENTRY of {package}.{name} is that of {entry.package}: its first argument is __name__."
        )
    if not entry.title or not entry.icon.startswith(":material/"):
        raise RegistrationError(f"{entry.package} needs a title and an icon such as :material/search:.")
    return entry


ENTRIES = discover(FOLDER, "app")


def entry_of(address: str) -> PageEntry:
    """The page of that address; KeyError where there is none."""
    return {entry.address: entry for entry in ENTRIES}[address]


def entry_at(path: str) -> PageEntry:
    """Of the page that Streamlit has under that path: the first under its own and under the bare one."""
    return ENTRIES[0] if path in ("", START) else entry_of(path)


def pages(entries: Sequence[PageEntry] = ENTRIES, url: str = "") -> list[Page]:
    """The pages for `st.navigation`. The first has the bare address, and answers to its own name as well.

    url: of the page that is open, so that the one of the two under which it was opened is listed, and marked there.
    """
    first, *others = entries
    by_name = urlsplit(url).path.rstrip("/").endswith(f"/{first.address}")
    listed: tuple[Visibility, Visibility] = ("hidden", "visible") if by_name else ("visible", "hidden")
    title = _(first.title)
    bare, named = (
        st.Page(first.file, title=title, icon=first.icon, url_path=path, default=path == START, visibility=shown)
        for path, shown in zip((START, first.address), listed, strict=True)
    )
    rest = [st.Page(entry.file, title=_(entry.title), icon=entry.icon, url_path=entry.address) for entry in others]
    return [bare, named, *rest]
