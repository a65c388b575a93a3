"""Studies: what did five student projects find, and does it hold?"""

import streamlit as st

from app.shared import sections
from app.shared.figures import studies
from app.studies import parts, study

st.title("What did five student projects find, and does it hold?", anchor=False)
chosen = study.choose()
results = studies.load(chosen)
study.answers(chosen, results)
sections.show(parts.of(chosen, results), chosen, results)
