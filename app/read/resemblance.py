"""Which laboratory a picture resembles, said in a sentence."""

from typing import TYPE_CHECKING

import streamlit as st

from app.shared import load, words
from core.errors import CheckpointError
from core.imaging.resemblance import Resemblance, read_looks, resemblance

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint
    from core.evaluation.domain_shift import LabScore
    from core.imaging.decoding import Photo
    from core.imaging.windows import Box


def show(photo: "Photo", box: "Box", checkpoint: "Checkpoint") -> None:
    """The sentence; nothing where no laboratory is known here."""
    try:
        looks = read_looks()
        found = resemblance(photo.pixels, box, looks)
        scores = load.lab_scores(checkpoint, "test", shared=True) if found and found.known else {}
    except CheckpointError as error:
        st.caption(words.plain(str(error)))
        return
    if found is not None:
        known = checkpoint.card.learned_from
        st.markdown(words.plain(sentence(found, known, scores.get(found.source), len(looks))))


def sentence(found: Resemblance, learned: tuple[str, ...], score: "LabScore | None", known: int) -> str:
    """ "The stain and scale resemble …", and what that means for the model's answer."""
    if not found.known:
        return (
            f"The stain and scale resemble none of the {known} laboratories that are known here, so nobody has "
            "measured how well this model reads such a picture."
        )
    told = f"The stain and scale resemble {words.laboratory(found.source, found.lab)}"
    if found.source in learned:
        return f"{told}, from which this model learned."
    figure = f": its balanced accuracy there is {words.rate(score.balanced)}" if score else ""
    return f"{told}, from which this model did not learn{figure}."
