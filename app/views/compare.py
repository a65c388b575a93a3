"""Compare: which model should I trust?"""

import streamlit as st

from app.parts import compare, load

st.title("Which model should I trust?", anchor=False)
found = load.best_first(load.checkpoints())
tested = compare.measured(found, compare.cells()) if found else {}
models = [model for model in found if model.name in tested]
if models:
    speeds = load.speeds()
    costs = {model.name: load.cost(model, speeds) for model in models}
    compare.answer(models, tested)
    compare.overview(models, tested, costs, speeds)
    compare.worth(models, tested, costs, speeds)
    chosen = compare.choose(models)
    closely = {model.name: tested[model.name] for model in chosen}
    compare.mistakes(chosen, closely)
    compare.classes(chosen, closely, models)
    compare.training(chosen, models)
elif not found:
    st.info(load.NO_MODELS, icon=":material/model_training:")
    st.markdown(
        "Once there are models, this page shows on which share of the test cells each is right, what that costs, "
        "which classes it mixes up, and how its training went."
    )
