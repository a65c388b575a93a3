"""The mark that a drawing carries, so that it is never taken for a photograph."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

MARK = "Smearlens drawing, not a photograph"
MARK_KEY = "Source"

DRAWING_NOTE = (
    "This is a drawing, not a photograph. The models never saw drawings, so what they answer here says "
    "nothing about how good they are: it only shows how the page works."
)


def png(pixels: NDArray[np.uint8], title: str = "") -> bytes:
    """A drawing as a PNG file that says, in a text chunk, that it is one.

    pixels: (height, width, 3) uint8 RGB. title: what the drawing shows, kept in the file as well.
    """
    marks = PngInfo()
    marks.add_text(MARK_KEY, MARK)
    if title:
        marks.add_text("Title", title)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", pnginfo=marks)
    return file.getvalue()


def is_drawing(data: bytes) -> bool:
    """Whether a file's bytes are a PNG with the mark; False for every other file, readable or not."""
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as picture:
            return picture.info.get(MARK_KEY) == MARK
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return False
