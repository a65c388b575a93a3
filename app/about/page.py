"""About: what is Smearlens, and what is it not?"""

import streamlit as st

from app.about.parts import PARTS, PURPOSE
from app.shared import load, sections

models = load.checkpoints()
st.title("What is Smearlens, and what is it not?", anchor=False)
with st.container(width=820):
    st.markdown(PURPOSE)
    sections.show(PARTS, models)
