"""About: what is Smearlens, and what is it not?"""

import streamlit as st

from app.about import sections
from app.shared import glossary, load

models = load.checkpoints()
st.title("What is Smearlens, and what is it not?", anchor=False)
with st.container(width=820):
    st.markdown(sections.PURPOSE)
    st.subheader("How it works", anchor=False)
    st.markdown(sections.HOW)
    st.subheader("What leaves this computer", anchor=False)
    st.markdown(sections.privacy(st.get_option("server.address")))
    st.subheader("What it cannot do", anchor=False)
    st.markdown(sections.limits(models))
    st.subheader("What the words mean", anchor=False)
    glossary.show()
    st.subheader("The classes", anchor=False)
    sections.show_classes()
    st.subheader("The models here", anchor=False)
    sections.show_models(models)
    st.subheader("Where the data come from", anchor=False)
    sections.show_sources()
