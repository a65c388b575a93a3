"""A cell in a haematologist's words, beside its reading."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from app.shared import load, words
from core.errors import CheckpointError
from core.imaging.decoding import Photo
from core.labels import LabelSpace
from core.wording import portion

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint
    from core.inference.reader import Reading
    from core.morphology.description import Morphology

FEATURES = "features"


def show(cell: str, photo: Photo, reading: "Reading", checkpoint: "Checkpoint") -> None:
    """What fits the answer and what does not; nothing for what is unlike, or a class without known attributes.

    cell: what tells it from other cells of this session.
    """
    from core.morphology.description import describe, sentence
    from core.morphology.head import has_head, read_head

    if reading.verdict == "unlike" or not has_head(checkpoint):
        return
    try:
        head = read_head(checkpoint)
    except CheckpointError as error:
        st.caption(str(error))
        return
    features = features_of(cell, photo, reading, checkpoint)
    doubted = words.doubted(reading)
    wanted = words.likeliest(reading, 2 if doubted else 1)
    described = [morphology for key in wanted if (morphology := describe(head, features, key)) is not None]
    if not described:
        return
    st.markdown("**In words.** " + "  \n".join(sentence(one, doubted=doubted) for one in described))
    with st.expander("All eleven attributes"):
        for morphology in described:
            st.dataframe(
                table(morphology, checkpoint.space, doubted=doubted),
                hide_index=True,
                alt=f"One row for each attribute, seen from {checkpoint.space[morphology.label].name.lower()}.",
            )
        st.caption(
            "Read from the model's features by a small head, which learned from the attributes that one person gave to "
            f"{head.card.counts['train']:,} training cells. *Of …s*: the share of the class's training cells with that "
            "value; below 5 % it speaks against the class. The model knows the class too, so this is no second "
            f"opinion. After {words.plain(head.card.citation)}"
        )


def features_of(cell: str, photo: Photo, reading: "Reading", checkpoint: "Checkpoint") -> np.ndarray:
    """Features of the cell (Reader.described), (G + F,); those asked for last are remembered."""
    key = cell, checkpoint.card.sha256, reading.box.as_tuple()
    last = st.session_state.get(FEATURES)
    if last is None or last[0] != key:
        last = key, load.reader(checkpoint).staged_features([photo], [reading.box])[0]
        st.session_state[FEATURES] = last
    features: np.ndarray = last[1]
    return features


def warning(cell: str, photo: Photo, reading: "Reading", checkpoint: "Checkpoint") -> str:
    """That a person must look, where the cell may be a blast, by its attributes too where the model tells them; else
    ""."""
    from core.morphology.head import has_head, read_head
    from core.morphology.immaturity import blast_warning, worth

    attributes = None
    if has_head(checkpoint):
        try:
            attributes = read_head(checkpoint).probabilities(features_of(cell, photo, reading, checkpoint)[None])[0]
        except CheckpointError as error:
            st.caption(str(error))
    text = blast_warning(reading.verdict, tuple(words.likeliest(reading, 2)), attributes)
    return " ".join(part for part in (text, worth(checkpoint.lead.card.sha256)) if part) if text else ""


def table(morphology: "Morphology", space: LabelSpace, *, doubted: bool = False) -> pd.DataFrame:
    """One row an attribute: its value, how sure, how common in the class, and what that means.

    doubted: the answer is, so that nothing is said to fit.
    """
    from core.morphology.attributes import ATTRIBUTES

    rows = []
    for attribute, value in zip(ATTRIBUTES, morphology.attributes, strict=True):
        meaning = "unsure" if not value.sure else "against" if value.contradicts else ""
        meaning = meaning or ("fits" if value.fits and not doubted else "")
        rows.append(
            {
                "Attribute": attribute.name[0].upper() + attribute.name[1:],
                "Seen": attribute.phrase(value.value) if value.sure else f"perhaps {attribute.phrase(value.value)}",
                "Sure": words.percent(value.probability),
                f"Of {space[morphology.label].name.lower()}s": portion(value.share),
                "So": meaning,
            }
        )
    return pd.DataFrame(rows)
