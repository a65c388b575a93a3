"""The app's entrance: navigation and frame only. Start it with `make app`."""

from pathlib import Path

import streamlit as st

from app.navigation import entry_at, pages
from app.shared import glossary, language, returning, serving
from app.shared.guard import guarded
from app.shared.language import _
from core import __version__
from core.models.allocation import keep_freed_memory

language.speak()
PURPOSE = " ".join([f"Smearlens {__version__}.", _("For research and teaching, not for diagnosis.")])
ICON = str(Path(__file__).with_name("icon.svg"))

keep_freed_memory()
# With an entry of its own Streamlit shows its menu, and in it the switch between light and dark.
st.set_page_config(page_title="Smearlens", page_icon=ICON, layout="wide", menu_items={"About": PURPOSE})
# Above the page, so that it never covers one; on a phone the list opens from a button and closes after a tap.
page = st.navigation(pages(url=st.context.url or ""), position="top")
with st.container(horizontal=True, vertical_alignment="center"):
    st.caption(f"{PURPOSE} {_(serving.OPEN_TO_OTHERS)}" if serving.is_elsewhere() else PURPOSE, width="content")
    if terms := entry_at(page.url_path).terms:
        glossary.show_words(terms)
    language.choose()
with guarded():
    returning.restore(page.url_path)
    language.speak(entry_at(page.url_path).address)
    page.run()
    returning.keep(page.url_path)
