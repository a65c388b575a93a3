"""Errors: where is it wrong?"""

import streamlit as st

from app.errors import doubtful_labels, mistakes
from app.shared import link, load

st.title("Where is it wrong?", anchor=False)
checkpoints = load.best_first(load.checkpoints())
if checkpoints:
    link.copy()
    together = mistakes.choose_models(checkpoints)
    if together is not None:
        if len(mistakes.wrong(together)):
            mistakes.show(together, mistakes.filtered_rows(together).tolist())
        doubtful_labels.show(together)
else:
    st.info(load.NO_MODELS, icon=":material/model_training:")
    st.markdown(
        "Once there are models, this page shows every cell that a model gets wrong: its photograph where the data set "
        "is on this computer, what each model says of it, and where its evidence is."
    )
