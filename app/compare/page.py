"""Compare: which model should I trust?"""

import streamlit as st

from app.compare import agreement, class_curves, compare, laboratories, pairwise, threshold
from app.model import robustness
from app.present import slideshow
from app.shared import link, load, scoping
from app.shared.figures import confusion

st.title("Which model should I trust?", anchor=False)
found = load.best_first(load.checkpoints())
if found:
    with st.container(horizontal=True):
        link.copy()
        slideshow.link()
scope = scoping.choose(found)
tested = compare.measured(found, scope) if scope else {}
models = [model for model in found if model.name in tested]
if models and scope:
    speeds = load.speeds()
    costs = {model.name: load.cost(model, speeds) for model in models}
    styles = compare.styles(models)
    compare.answer(models, tested)
    compare.overview(models, tested, costs, speeds)
    compare.worth(models, tested, costs, speeds)
    laboratories.show(found)
    robustness.compared(models, styles)
    shown = scoping.together(compare.choose(models), scope)
    if shown:
        compare.notes(shown)
        confusion.mistakes(shown.models, shown.told, shown.space)
        compare.classes(shown, styles)
        pairwise.show(shown)
        agreement.show(shown)
        kind = class_curves.show(shown, styles)
        threshold.show(shown, kind, styles)
        compare.training(shown.models, styles)
elif found:
    st.info("None of the models here has predictions that can be read, so there is nothing to compare.")
else:
    st.info(load.NO_MODELS, icon=":material/model_training:")
    st.markdown(
        "Once there are models, this page shows on which share of the test cells each is right, what that costs, "
        "which classes it mixes up, and how its training went."
    )
