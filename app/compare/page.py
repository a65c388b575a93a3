"""Compare: which model should I trust?"""

import streamlit as st

from app.compare import overview
from app.compare.parts import PARTS, Compared
from app.shared import link, load, scoping, sections
from app.shared.figures.models import score, styles_of

st.title("Which model should I trust?", anchor=False)
checkpoints = load.best_first(load.checkpoints())
scope = scoping.choose_scope(checkpoints)
scores = score(checkpoints, scope) if scope else {}
models = [model for model in checkpoints if model.name in scores]
if models and scope:
    overview.answer(models, scores)
    with st.container(horizontal=True):
        link.copy()
        link.to_slides()
    sections.show(PARTS, Compared(checkpoints, models, scope, scores, styles_of(models)))
elif checkpoints:
    st.info("None of the models here has predictions that can be read, so there is nothing to compare.")
else:
    st.info(load.NO_MODELS, icon=":material/model_training:")
    st.markdown(
        "Once there are models, this page shows how often each is right on the test cells, what that costs, which "
        "classes it mixes up, and how its training went."
    )
