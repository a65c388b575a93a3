"""A cell in a haematologist's words, beside its reading."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from app.shared import load, words
from core.errors import CheckpointError
from core.imaging.decoding import Photo
from core.labels import LabelSpace

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint
    from core.inference.reader import Reading
    from core.morphology.words import Morphology

SEEN = "features"


def show(cell: str, photo: Photo, reading: "Reading", checkpoint: "Checkpoint") -> None:
    """What fits the answer and what does not; nothing for what is unlike, or a class without known attributes.

    cell: what tells it from other cells of this session.
    """
    from core.morphology.head import has_head, read_head
    from core.morphology.words import describe, sentence

    if reading.verdict == "unlike" or not has_head(checkpoint):
        return
    try:
        head = read_head(checkpoint)
    except CheckpointError as error:
        st.caption(str(error))
        return
    features = features_of(cell, photo, reading, checkpoint)
    wanted = words.likeliest(reading, 2 if reading.verdict == "unsure" else 1)
    found = [one for one in (describe(head, features, key) for key in wanted) if one is not None]
    if not found:
        return
    st.markdown(
        "  \n".join(f"**In words.** {sentence(one)}" if n == 0 else sentence(one) for n, one in enumerate(found))
    )
    with st.expander("All eleven attributes"):
        for one in found:
            st.dataframe(
                table(one, checkpoint.space),
                hide_index=True,
                alt=f"One row for each attribute, seen from {checkpoint.space[one.label].name.lower()}.",
            )
        st.caption(
            "Told from what the model sees, by a head that learned from attributes that one person gave to "
            f"{head.card.counts['train']:,} training cells. *Of its kind*: the share of the class's training cells "
            "with that value; below 5 % it speaks against the class. The model knows the class as well, so this is no "
            f"second opinion. After {words.plain(head.card.citation)}"
        )


def features_of(cell: str, photo: Photo, reading: "Reading", checkpoint: "Checkpoint") -> np.ndarray:
    """What the model sees of the cell (Reader.described), (G + F,); the last one is remembered."""
    key = cell, checkpoint.card.sha256, reading.box.as_tuple()
    kept = st.session_state.get(SEEN)
    if kept is None or kept[0] != key:
        kept = key, load.reader(checkpoint).described([photo], [reading.box])[0]
        st.session_state[SEEN] = kept
    found: np.ndarray = kept[1]
    return found


def table(found: "Morphology", space: LabelSpace) -> pd.DataFrame:
    """One row an attribute: its value, how sure, how common in the class, and what that means."""
    from core.morphology.attributes import ATTRIBUTES

    rows = []
    for attribute, one in zip(ATTRIBUTES, found.seen, strict=True):
        meaning = "unsure" if not one.sure else "against" if one.against else "fits"
        rows.append(
            {
                "Attribute": attribute.name[0].upper() + attribute.name[1:],
                "Seen": attribute.phrase(one.value) if one.sure else f"perhaps {attribute.phrase(one.value)}",
                "Sure": words.percent(one.probability),
                f"Of {space[found.label].name.lower()}s": words.percent(one.share),
                "So": meaning,
            }
        )
    return pd.DataFrame(rows)
