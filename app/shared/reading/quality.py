"""What is said of a photo's quality beside its reading."""

from typing import TYPE_CHECKING

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


def in_words(quality: "PhotoQuality | None") -> str:
    """Where the photo is outside of what the model knows, and once what that means; "" where it is not, or nobody
    measured it."""
    return " ".join([*map(quality_sentence, quality.remarks), WORSE]) if quality and quality.remarks else ""


def in_short(reading: "Reading") -> str:
    """For a table: "sharpness, colours", or nothing."""
    return ", ".join(SHORT[name] for name in reading.quality.outside) if reading.quality else ""


def usual(reading: "Reading") -> str:
    """A sentence for under the photo where nothing is to be remarked."""
    if reading.quality is None or reading.quality.remarks:
        return ""
    return "Sharpness, light and colours are within the range that the model knows."
