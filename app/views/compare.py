"""Compare: which model should I trust?"""

import streamlit as st

from app.parts import compare, load

st.title("Which model should I trust?", anchor=False)
models = load.best_first(load.checkpoints())
if models:
    chosen, split = compare.choose(models)
    tested = {model.name: load.tested(model, split) for model in chosen}
    compare.answer(models, tested)
    compare.mistakes(chosen, tested)
    compare.classes(chosen, tested)
    compare.training(chosen)
else:
    st.info(load.NO_MODELS, icon=":material/model_training:")
    st.markdown(
        "Once there are models, this page shows on which share of the test cells each is right, which classes it "
        "mixes up, and how its training went."
    )
