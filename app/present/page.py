"""Present: a comparison for a room, one message a slide. Each slide's title is the question it answers."""

import streamlit as st

from app.present import deck, slideshow
from app.shared import link, load

found = load.best_first(load.checkpoints())
if found:
    place = st.container()
    link.copy()
    shown = slideshow.choose(found)
    if shown is None:
        place.title("What can be shown?", anchor=False)
        place.info("None of the models here has answers that can be read, so there is nothing to show.")
    else:
        told = deck.build(shown)
        with place:
            slideshow.show(told)
        slideshow.save(told)
else:
    st.title("What can be shown?", anchor=False)
    st.info(load.NO_MODELS, icon=":material/model_training:")
    st.markdown("Once there are models, this page shows a comparison of them to a room, one message a slide.")
