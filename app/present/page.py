"""Present: a comparison for a room, one message a slide. Each slide's title is the question it answers."""

import streamlit as st

from app.present import slideshow
from app.present.deck import build
from app.shared import link, load

checkpoints = load.best_first(load.checkpoints())
if checkpoints:
    place = st.container()
    link.copy()
    shown = slideshow.choose(checkpoints)
    if shown is None:
        place.title("What can be shown?", anchor=False)
        place.info("None of the models here has predictions that can be read, so there is nothing to show.")
    else:
        deck = build(shown)
        with place:
            slideshow.show(deck)
        slideshow.save(deck)
else:
    st.title("What can be shown?", anchor=False)
    st.info(load.NO_MODELS, icon=":material/model_training:")
    st.markdown("Once there are models, this page presents a comparison of them, one message a slide.")
