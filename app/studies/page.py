"""Studies: what did five student projects find, and does it hold?"""

import streamlit as st

from app.studies import crossval, search, studies

st.title("What did five student projects find, and does it hold?", anchor=False)
st.markdown(
    "Smearlens began with five studies by students. Each was run again here, as its report says and with more care; "
    "every figure below is worked out from the answers of those runs to single images."
)
study = studies.choose()
found = studies.load(study)
studies.card(study, found)
studies.figures(study, found)
studies.mistakes(study, found)
studies.training(found)
for recipe in study.crossvals:
    crossval.show(recipe)
for name in study.searches:
    search.show(name)
studies.background(study, found)
