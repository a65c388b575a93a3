"""Compare: which model should I trust?"""

import streamlit as st

from app.compare import (
    agreement,
    choosing,
    class_curves,
    classes,
    cost,
    laboratories,
    overview,
    pairwise,
    robustness,
    strangers,
    threshold,
)
from app.shared import link, load, scoping
from app.shared.figures import confusion, training
from app.shared.figures.models import score, styles_of

st.title("Which model should I trust?", anchor=False)
checkpoints = load.best_first(load.checkpoints())
if checkpoints:
    with st.container(horizontal=True):
        link.copy()
        link.to_slides()
scope = scoping.choose_scope(checkpoints)
scores = score(checkpoints, scope) if scope else {}
models = [model for model in checkpoints if model.name in scores]
if models and scope:
    speeds = load.speeds()
    costs = {model.name: load.cost(model, speeds) for model in models}
    styles = styles_of(models)
    overview.answer(models, scores)
    overview.show(models, scores, costs, speeds)
    cost.show(models, scores, costs, speeds)
    laboratories.show(checkpoints)
    strangers.show()
    robustness.show(models, styles)
    together = scoping.together(choosing.choose(models), scope)
    if together:
        choosing.notes(together)
        confusion.show(together.models, together.predictions, together.space)
        classes.show(together, styles)
        pairwise.show(together)
        agreement.show(together)
        cell_class = class_curves.show(together, styles)
        threshold.show(together, cell_class, styles)
        training.show(together.models, styles)
elif checkpoints:
    st.info("None of the models here has predictions that can be read, so there is nothing to compare.")
else:
    st.info(load.NO_MODELS, icon=":material/model_training:")
    st.markdown(
        "Once there are models, this page shows how often each is right on the test cells, what that costs, which "
        "classes it mixes up, and how its training went."
    )
