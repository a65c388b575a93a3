"""Model: what can this model do, and where does it fail?"""

import streamlit as st

from app.compare import compare
from app.model import attributes, card, model, prediction_sets, robustness
from app.shared import link, load, scoping
from app.shared.reading import explanations

st.title("What can this model do, and where does it fail?", anchor=False)
found = load.best_first(load.checkpoints())
if found:
    link.copy()
    chosen = scoping.one(found)
    styles = compare.styles(found)
    told = model.answers(chosen)
    if told is not None:
        model.in_short(chosen, told)
    card.show(chosen)
    if told is not None:
        model.classes(chosen, told, styles[chosen.name])
        model.finer(chosen, told)
        model.mixed_up(chosen, told)
        model.calibration(told, styles[chosen.name])
        prediction_sets.sets(chosen, told)
        model.worst(chosen, told)
    prediction_sets.unlike(chosen)
    robustness.in_depth(chosen, found)
    attributes.show(chosen)
    explanations.show(chosen)
    compare.training([chosen], styles)
    card.price(chosen, load.speeds())
    card.again(chosen)
else:
    st.info(load.NO_MODELS, icon=":material/model_training:")
    st.markdown(
        "Once there are models, this page shows one of them in depth: what it learned from, how well it tells each "
        "class, whether its confidence is true to its word, its worst mistakes, and how to make it again."
    )
