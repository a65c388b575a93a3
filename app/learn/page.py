"""Learn: can you name this cell?"""

import streamlit as st

from app.learn import learn
from app.shared import link, load
from core.labels import PBC8

st.title("Can you name this cell?", anchor=False)
found = load.best_first(load.checkpoints())
models = [model for model in found if model.space == PBC8]
top = st.container(horizontal=True)
with top:
    part = learn.choose_part()
if not models:
    st.info(load.NO_MODELS, icon=":material/model_training:")
    st.markdown("The cells can be named without one; then nobody's answers stand beside yours.")
if part == learn.LOOKING:
    with top:
        link.copy()
    learn.classes(models)
else:
    # The question is drawn above what it depends on, so that a phone shows it without being scrolled.
    place = st.container()
    asked, model = learn.choose(models)
    with top:
        learn.copy_link(asked, model)
    with place:
        learn.round_of(asked, model)
