"""Pictures of a reading: the photo with its box, the crop with the map over it, and both on one sheet."""

import io
from collections.abc import Mapping, Sequence
from textwrap import wrap

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from core.imaging.windows import Box, cut

SIDE = 420
"""Side in screen pixels of the pictures of a card."""

BOX_COLOURS = ((255, 255, 255), (11, 107, 116))


def boxed(pixels: np.ndarray, box: Box, side: int = SIDE) -> np.ndarray:
    """The photo, scaled so that its longer side is `side`, with the box drawn where it is within the photo."""
    height, width = pixels.shape[:2]
    scale = side / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    picture = Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC)
    # A box beyond the edge is drawn along the edge: what lies beyond is the photo's own mirror image.
    left, top = (max(2, round(value * scale)) for value in (box.left, box.top))
    right = min(size[0] - 3, round(box.right * scale))
    bottom = min(size[1] - 3, round(box.bottom * scale))
    if right > left and bottom > top:
        pen = ImageDraw.Draw(picture)
        for grow, colour in ((1, BOX_COLOURS[0]), (-1, BOX_COLOURS[1])):
            pen.rectangle((left - grow, top - grow, right + grow, bottom + grow), outline=colour, width=2)
    return np.asarray(picture)


def marked(pixels: np.ndarray, boxes: Mapping[int, Box], chosen: int, side: int) -> np.ndarray:
    """A field, no longer than `side`, with numbered boxes; that of the chosen number is drawn thicker."""
    height, width = pixels.shape[:2]
    scale = min(1.0, side / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    picture = Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS)
    letters = max(18, max(size) // 24)  # to be read where a phone shows the picture at half its size
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(letters)
    for number, box in boxes.items():
        edges = [value * scale for value in box.as_tuple()]
        thick = 4 if number == chosen else 2
        pen.rectangle(edges, outline=BOX_COLOURS[0], width=thick + 2)
        pen.rectangle(edges, outline=BOX_COLOURS[1], width=thick)
        at = edges[0] + thick, max(edges[1] - 1.35 * letters, 2)
        pen.text(at, str(number), fill=BOX_COLOURS[1], font=font, stroke_width=3, stroke_fill=BOX_COLOURS[0])
    return np.asarray(picture)


def ground(pixels: np.ndarray, box: Box, crop: np.ndarray, *, coarse: bool, side: int = SIDE) -> np.ndarray:
    """What the map is laid over, (side, side, 3): the box at the photo's own sharpness, or the model's own pixels."""
    if coarse:
        return np.asarray(Image.fromarray(crop).resize((side, side), Image.Resampling.NEAREST))
    return cut(pixels, box, side)


def laid_over(base: np.ndarray, values: np.ndarray, opacity: float) -> np.ndarray:
    """The map over its ground; see core.explain.overlay."""
    from core.explain.overlay import overlay  # loads torch

    return overlay(base, values, opacity)


def sheet(photo: np.ndarray, over: np.ndarray, title: str, lines: Sequence[str], mark: str = "") -> bytes:
    """A PNG with both pictures side by side and text under them. mark: kept in the file's own notes."""
    large, small = ImageFont.load_default(26), ImageFont.load_default(17)
    gap = 24
    width = 2 * SIDE + 3 * gap
    text = [part for line in lines for part in wrap(line, 100)]
    headings = wrap(title, 60)
    top = max(photo.shape[0], over.shape[0]) + 2 * gap
    page = Image.new("RGB", (width, top + 36 * len(headings) + 25 * len(text) + gap), "white")
    page.paste(Image.fromarray(photo), (gap, gap))
    page.paste(Image.fromarray(over), (2 * gap + SIDE, gap))
    pen = ImageDraw.Draw(page)
    for number, line in enumerate(headings):
        pen.text((gap, top + 36 * number), line, fill="#18262b", font=large)
    for number, line in enumerate(text):
        pen.text((gap, top + 36 * len(headings) + 8 + 25 * number), line, fill="#18262b", font=small)
    notes = PngInfo()
    if mark:
        notes.add_text("Source", mark)
    file = io.BytesIO()
    page.save(file, "PNG", pnginfo=notes)
    return file.getvalue()
