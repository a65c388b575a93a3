"""Errors: where is it wrong?"""

import streamlit as st

from app.errors import doubtful_labels, mistakes
from app.shared import link, load

st.title("Where is it wrong?", anchor=False)
found = load.best_first(load.checkpoints())
if found:
    link.copy()
    asked = mistakes.ask(found)
    if asked is not None:
        st.markdown(mistakes.in_short(asked))
        if len(mistakes.wrong(asked)):
            mistakes.show(asked, mistakes.choose(asked))
        doubtful_labels.show(asked)
else:
    st.info(load.NO_MODELS, icon=":material/model_training:")
    st.markdown(
        "Once there are models, this page shows every cell that one of them gets wrong, with its photograph where the "
        "data set is on this computer, what each model says of it, and where it looked."
    )
