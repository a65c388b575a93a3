"""The address of a page as it stands, to be copied and passed on."""

from urllib.parse import urlencode

import streamlit as st

from app.shared import language
from app.shared.language import KEY, N_, _

SAME = N_("Anyone who opens this address here sees this page with the same choices.")


@st.fragment
def copy(choices: dict[str, list[str]] | None = None, says: str = SAME, at: str = "") -> None:
    """A small control that opens to the page's whole address.

    Its inside is drawn when it is opened, so that the address holds also the choices further down the page, and by
    itself, so that nobody waits for the page. choices: in place of those that the address has. says: what it opens. at:
    sets it apart from another one on the page.
    """
    opened = st.popover(_("Copy link"), icon=":material/link:", type="tertiary", key=f"{at}link", on_change="rerun")
    if opened.open:
        with opened:
            st.code(address(choices), language=None, wrap_lines=True)
            st.caption(_(says))


def address(choices: dict[str, list[str]] | None = None) -> str:
    """The page's address with all its choices; choices left as they were are not in it.

    With the language, by whose words the choices are called there.
    """
    if choices is None:
        choices = {name: st.query_params.get_all(name) for name in st.query_params}
    return joined(st.context.url or "", choices | {KEY: [language.chosen()]})


def joined(url: str, choices: dict[str, list[str]]) -> str:
    """An address from a page's and the values of each choice, encoded."""
    return f"{url}?{urlencode(choices, doseq=True)}" if choices else url


def to_slides() -> None:
    """A button that opens the page Present with the same models and cells.

    In a tab of its own, since Streamlit, when it changes pages within a tab, takes from the address what
    controls of the page before were bound to.
    """
    chosen = {name: st.query_params.get_all(name) for name in ("models", "cells", "source", "lab")}
    st.link_button(
        _("Present this comparison"),
        joined("present", {name: values for name, values in chosen.items() if values} | {KEY: [language.chosen()]}),
        icon=":material/slideshow:",
        type="tertiary",
        help=_("Slides, one message each, that can be saved as PPTX and PDF. They open in a new tab."),
    )
