"""Data: what did the models learn from?"""

import streamlit as st

from app.data import dataset, parts
from app.shared import link, load

st.title("What did the models learn from?", anchor=False)
link.copy()
checkpoints = load.best_first(load.checkpoints())
dataset.no_models(checkpoints)
chosen = dataset.choose(checkpoints)
dataset.answer(chosen)
parts.show(chosen)
dataset.elsewhere()
