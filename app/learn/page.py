"""Learn: can you name this cell?"""

import streamlit as st

from app.learn import choices, class_list, naming
from app.shared import link, load
from app.shared.language import _
from core.labels import PBC8

st.title(_("Can you name this cell?"), anchor=False)
models = [model for model in load.best_first(load.checkpoints()) if model.space == PBC8]
top = st.container(horizontal=True)
with top:
    part = choices.choose_part()
if not models:
    st.info(_(load.NO_MODELS), icon=":material/model_training:")
    st.markdown(_("You can name the cells without one, but there will be no answers beside yours."))
if part == choices.LOOKING:
    with top:
        link.copy()
    class_list.show(models)
else:
    # The question is drawn above what it depends on, so that a phone shows it without being scrolled.
    question = st.container()
    quiz_round, model = choices.choose_round(models)
    with top:
        choices.copy_link(quiz_round, model)
    with question:
        naming.show(quiz_round, model)
