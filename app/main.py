"""The app's entrance: navigation and frame only. Start it with `make app`."""

from pathlib import Path

import streamlit as st

from app.navigation import pages
from app.shared.guard import guarded
from core import __version__
from core.models.allocation import keep_freed_memory

ICON = str(Path(__file__).with_name("icon.svg"))

keep_freed_memory()
st.set_page_config(page_title="Smearlens", page_icon=ICON, layout="wide")
page = st.navigation(pages())
with st.sidebar:
    st.caption(f"Smearlens {__version__}. For research and teaching, not for diagnosis.")
with guarded():
    page.run()
