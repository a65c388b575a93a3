"""Model: what can this model do, and where does it fail?"""

import streamlit as st

from app.model import (
    attributes,
    calibration,
    card,
    classes,
    confident_mistakes,
    laboratory_sets,
    maps,
    ood,
    prediction_sets,
    robustness,
    subtypes,
    summary,
)
from app.shared import link, load, scoping
from app.shared.figures import confusion, training
from app.shared.figures.models import styles_of

st.title("What can this model do, and where does it fail?", anchor=False)
checkpoints = load.best_first(load.checkpoints())
if checkpoints:
    link.copy()
    model = scoping.choose_model(checkpoints)
    styles = styles_of(checkpoints)
    results = summary.results_of(model)
    if results is not None:
        summary.show(model, results)
    card.show(model)
    if results is not None:
        classes.show(model, results, styles[model.name])
        subtypes.show(model, results)
        confusion.show([model], {model.name: results.predictions}, model.space)
        calibration.show(results, styles[model.name])
        prediction_sets.show(model, results)
        laboratory_sets.show(model)
        confident_mistakes.show(model, results)
    ood.show(model)
    robustness.show(model, checkpoints)
    attributes.show(model)
    maps.show(model)
    training.show([model], styles)
    card.price(model, load.speeds())
    card.again(model)
else:
    st.info(load.NO_MODELS, icon=":material/model_training:")
    st.markdown(
        "Once there are models, this page shows one of them in depth: what it was trained on, how well it recognises "
        "each class, whether it is right as often as it claims, its worst mistakes, and how to reproduce it."
    )
