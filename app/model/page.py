"""Model: what can this model do, and where does it fail?"""

import streamlit as st

from app.model import parts, summary
from app.model.parts import ChosenModel
from app.shared import link, load, scoping, sections
from app.shared.figures.models import styles_of

st.title("What can this model do, and where does it fail?", anchor=False)
checkpoints = load.best_first(load.checkpoints())
if checkpoints:
    link.copy()
    model = scoping.choose_model(checkpoints)
    results = summary.results_of(model)
    if results is not None:
        summary.show(model, results)
    chosen = ChosenModel(model, checkpoints, styles_of(checkpoints))
    sections.show(parts.of(chosen, results), chosen)
else:
    st.info(load.NO_MODELS, icon=":material/model_training:")
    st.markdown(
        "Once there are models, this page shows one of them in depth: what it was trained on, how well it recognises "
        "each class, whether it is right as often as it claims, its worst mistakes, and how to reproduce it."
    )
