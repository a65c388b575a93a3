"""Data: what did the models learn from?"""

import streamlit as st

from app.data import dataset
from app.data.parts import PARTS
from app.shared import link, load, sections

st.title("What did the models learn from?", anchor=False)
link.copy()
checkpoints = load.best_first(load.checkpoints())
dataset.no_models(checkpoints)
chosen = dataset.choose(checkpoints)
dataset.answer(chosen)
sections.show(PARTS, chosen)
dataset.elsewhere()
