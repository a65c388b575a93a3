"""Data: what did the models learn from?"""

import streamlit as st

from app.parts import link, load
from app.parts.datasets import data, data_parts

st.title("What did the models learn from?", anchor=False)
link.copy()
found = load.best_first(load.checkpoints())
data.no_models(found)
chosen = data.choose(found)
data.answer(chosen)
data_parts.show(chosen)
data.elsewhere()
