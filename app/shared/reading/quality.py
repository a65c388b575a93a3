"""What is said of a photo's quality beside its reading."""

from typing import TYPE_CHECKING

import streamlit as st

from app.shared import words
from core.imaging.wording import WORSE, quality_sentence

if TYPE_CHECKING:
    from core.imaging.quality import PhotoQuality
    from core.inference.reader import Reading

SHORT = {
    "sharpness": "sharpness",
    "light": "light",
    "contrast": "contrast",
    "clipped": "clipped light",
    "colour": "colours",
    "enlarged": "small cell",
}
"""In a table, what is unusual about a photo."""


def show(reading: "Reading") -> None:
    """A warning where the photo is outside of what the model knows; nothing where it is not, or nobody measured it."""
    if reading.quality is not None and reading.quality.remarks:
        st.warning(in_words(reading.quality), icon=":material/photo_camera:")


def in_words(quality: "PhotoQuality") -> str:
    """All remarks, and once what they mean."""
    return words.plain(" ".join([*map(quality_sentence, quality.remarks), WORSE])) if quality.remarks else ""


def in_short(reading: "Reading") -> str:
    """For a table: "sharpness, colours", or nothing."""
    return ", ".join(SHORT[name] for name in reading.quality.outside) if reading.quality else ""


def usual(reading: "Reading") -> str:
    """A sentence for under the photo where nothing is to be remarked."""
    if reading.quality is None or reading.quality.remarks:
        return ""
    return "Sharpness, light and colours are within the range that the model knows."
