"""Present: a talk for a room, one message a slide."""

import streamlit as st

from app.navigation import entry_of
from app.present import choosing, drawing, saving, screen
from app.shared import link, load, words

checkpoints = load.best_first(load.checkpoints())
st.title("What do you want to show?", anchor=False)
if checkpoints:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        talk = choosing.choose_talk()
        subject = choosing.choose_subject(talk, checkpoints)
    if subject is not None:
        pages = drawing.pages(talk, subject)
        screen.show(talk.name, pages)
        with st.container(horizontal=True):
            saving.save(talk.title, f"smearlens-{talk.name}-{subject.name}"[:80], pages)
            link.copy()
        keys = "Arrow keys, space bar or clicker turn the slides; F fills the screen, B darkens it."
        st.caption(f"About {words.plain(subject.about)}. {keys}")
    elif talk.about == "smear":
        st.info("No smear is counted at present. Count one, and its slides are here.", icon=":material/grid_view:")
        st.page_link(entry_of("count").file, label="Count a smear", icon=":material/grid_view:")
    else:
        st.info("None of the models here has predictions that can be read, so there is nothing to show.")
else:
    st.info(load.NO_MODELS, icon=":material/model_training:")
    st.markdown("Once there are models, this page has talks about them, one message a slide.")
