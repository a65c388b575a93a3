"""The mark that a generated picture carries in its file, so that it is never taken for a photograph."""

import io
import json
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from core.synthetic.examples import MARK

MARK_KEY = "Source"
FACTS_KEY = "Comment"
_DESCRIPTION, _SOFTWARE = 0x010E, 0x0131
"""Exif's numbers for what a picture shows and what made it."""

Suffix = Literal["png", "webp"]
WEBP_QUALITY = 88


def encoded(pixels: np.ndarray, facts: Mapping[str, Any], suffix: Suffix) -> bytes:
    """A generated picture as a file that says so, and how it came about.

    pixels: (H, W, 3) uint8 RGB. facts: plain values, such as class, seed and the sha256 of the weights.
    """
    file = io.BytesIO()
    description = json.dumps(dict(facts), ensure_ascii=True, sort_keys=True)
    image = Image.fromarray(pixels)
    if suffix == "png":
        marks = PngInfo()
        marks.add_text(MARK_KEY, MARK)
        marks.add_text(FACTS_KEY, description)
        image.save(file, "PNG", pnginfo=marks, optimize=True)
    else:
        exif = Image.Exif()
        exif[_DESCRIPTION], exif[_SOFTWARE] = f"{MARK}. {description}", MARK
        image.save(file, "WEBP", quality=WEBP_QUALITY, method=6, exif=exif)
    return file.getvalue()


def facts_of(data: bytes) -> dict[str, Any] | None:
    """What a generated picture's file says of it; None for every other file, readable or not."""
    try:
        with Image.open(io.BytesIO(data), formats=["PNG", "WEBP"]) as picture:
            if picture.format == "PNG":
                mark, description = picture.info.get(MARK_KEY), picture.info.get(FACTS_KEY, "{}")
            else:
                exif = picture.getexif()
                mark, description = exif.get(_SOFTWARE), str(exif.get(_DESCRIPTION, "")).removeprefix(f"{MARK}. ")
        return dict(json.loads(description)) if mark == MARK else None
    except (OSError, ValueError, SyntaxError, TypeError, Image.DecompressionBombError):
        return None
