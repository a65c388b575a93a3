"""About: what is Smearlens, and what is it not?"""

import streamlit as st

from app.about import sections
from app.shared import glossary, load, serving

models = load.checkpoints()
st.title("What is Smearlens, and what is it not?", anchor=False)
with st.container(width=820):
    st.markdown(sections.PURPOSE)
    st.header("How it works", anchor=False)
    st.markdown(sections.HOW)
    st.header("What leaves this computer", anchor=False)
    st.markdown(sections.privacy(elsewhere=serving.is_elsewhere()))
    st.header("What it cannot do", anchor=False)
    st.markdown(sections.limits(models))
    st.header("What the words mean", anchor=False)
    glossary.show()
    st.header("The classes", anchor=False)
    sections.show_classes()
    st.header("The models here", anchor=False)
    sections.show_models(models)
    st.header("Where the data come from", anchor=False)
    sections.show_sources()
