"""Which laboratory a picture resembles, said in a sentence."""

from typing import TYPE_CHECKING

import streamlit as st

from app.shared import load, words
from app.shared.language import _
from core.errors import CheckpointError
from core.imaging.resemblance import Resemblance, read_laboratories, resemblance

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint
    from core.evaluation.domain_shift import LabScore
    from core.imaging.decoding import Photo
    from core.imaging.windows import Box


def show(photo: "Photo", box: "Box", checkpoint: "Checkpoint") -> None:
    """The sentence; nothing where no laboratory is known here."""
    try:
        looks = read_laboratories()
        nearest = resemblance(photo.pixels, box, looks)
        scores = load.lab_scores(checkpoint, "test", shared=True) if nearest and nearest.known else {}
    except CheckpointError as error:
        st.caption(words.plain(str(error)))
        return
    if nearest is not None:
        score = scores.get(nearest.source)
        st.markdown(words.plain(sentence(nearest, checkpoint.card.learned_from, score, len(looks))))


def sentence(nearest: Resemblance, learned_from: tuple[str, ...], score: "LabScore | None", laboratories: int) -> str:
    """ "The stain and scale resemble …", and what that means for the model's answer."""
    if not nearest.known:
        return _(
            "The stain and scale resemble none of the {total} laboratories known here, so nobody has measured how well "
            "this model reads such a picture.",
            total=laboratories,
        )
    lab = words.laboratory(nearest.source, nearest.lab)
    if nearest.source in learned_from:
        return _("The stain and scale resemble those of {lab}, whose cells this model learned from.", lab=lab)
    if score is None:
        return _("The stain and scale resemble those of {lab}, whose cells this model did not learn from.", lab=lab)
    return _(
        "The stain and scale resemble those of {lab}, whose cells this model did not learn from: its balanced accuracy "
        "there is {rate}.",
        lab=lab,
        rate=words.rate(score.balanced),
    )
