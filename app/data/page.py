"""Data: what did the models learn from?"""

import streamlit as st

from app.data import data, parts
from app.shared import link, load

st.title("What did the models learn from?", anchor=False)
link.copy()
found = load.best_first(load.checkpoints())
data.no_models(found)
chosen = data.choose(found)
data.answer(chosen)
parts.show(chosen)
data.elsewhere()
