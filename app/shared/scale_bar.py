"""How large what is shown is: a bar of so many micrometres, where the scale of a photo is known."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from app.shared.words import SPACE
from core.imaging.fields import RED_CELL, Field

LENGTHS = (1, 2, 5, 10, 20, 50, 100, 200, 500)
"""µm that a bar may stand for."""

LONGEST = 0.3
"""Of the picture's width."""

INK, PAPER = (24, 38, 43), (255, 255, 255)


def length_for(width: float) -> int | None:
    """µm of the bar in a picture that is `width` µm wide: the longest that leaves it room; None where none does."""
    return max((length for length in LENGTHS if length <= LONGEST * width), default=None)


def label(length: int) -> str:
    return f"{length}{SPACE}µm"


def drawn(picture: np.ndarray, pixel_size: float | None) -> np.ndarray:
    """A picture (h, w, 3) uint8 with a bar in its lower right corner, which stays as it is where the size is not known.

    pixel_size: µm of a pixel of the picture.
    """
    height, width = picture.shape[:2]
    length = length_for(width * pixel_size) if pixel_size else None
    if length is None or pixel_size is None:
        return picture
    image = Image.fromarray(picture)
    pen, letters = ImageDraw.Draw(image), max(13, width // 28)
    font, gap, thick = ImageFont.load_default(letters), max(4, width // 40), max(3, width // 100)
    right, bottom = width - 2 * gap, height - 2 * gap
    left, top = right - round(length / pixel_size), bottom - thick
    text_width = pen.textlength(label(length), font=font)
    # On a ground of its own, since stains are of any colour.
    paper = (min(left, right - text_width) - gap, top - 1.3 * letters - gap, right + gap, bottom + gap)
    pen.rectangle(paper, fill=PAPER)
    pen.rectangle((left, top, right - 1, bottom - 1), fill=INK)
    pen.text(((left + right) / 2, top - gap / 2), label(length), fill=INK, font=font, anchor="mb")
    return np.asarray(image)


def in_words(field: Field) -> str:
    """By what the bar in a photo is told, or "" where there is none."""
    if field.pixel_size is None:
        return ""
    if field.micrometres_per_pixel is not None:
        return "The bar follows the size of a pixel that was given."
    return f"The bar follows the red cells, taken to be {RED_CELL:g}{SPACE}µm wide."
