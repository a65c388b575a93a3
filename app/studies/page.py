"""Studies: what did five student projects find, and does it hold?"""

import streamlit as st

from app.shared.figures import studies
from app.studies import folds, search, study

st.title("What did five student projects find, and does it hold?", anchor=False)
st.markdown(
    "Smearlens began with five student studies. Each was run again here, as its report describes and with more care; "
    "every figure below comes from the answers of those runs to single images."
)
chosen = study.choose()
results = studies.load(chosen)
study.card(chosen, results)
study.figures(chosen, results)
study.mistakes(chosen, results)
study.training(results)
for recipe in chosen.crossvals:
    folds.show(recipe)
for name in chosen.searches:
    search.show(name)
study.background(chosen, results)
