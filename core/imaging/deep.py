"""Colours of more than 8 bits, and pages of TIFFs, that Pillow reduces or cannot open: by OpenCV and tifffile."""

import io
import logging

import cv2
import numpy as np
from tifffile import PHOTOMETRIC, TiffFile, TiffPage

# tifffile reports odd tags by its logger, and without a handler that would be printed.
logging.getLogger("tifffile").addHandler(logging.NullHandler())

_PILLOW_OPENS = {1, 2, 3, 4, 5, 6, 7, 8, 32773, 32946, 34676, 34677, 34925, 50000, 50001}
"""Compressions of TIFF that Pillow's decoder knows; SGI's are for print."""
_DNG = 50706
_APERIO_YCBCR = 33003
"""JPEG 2000 without a mark of its colours, which would be taken for RGB."""


def deep_png(data: bytes) -> np.ndarray | None:
    """(H, W, 3 or 4) uint16 of a PNG with 16-bit colours, RGB or RGBA; None of any other."""
    if data[24] != 16 or data[25] not in (2, 6):  # IHDR: bits, type of colour
        return None
    values = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if values is None or values.dtype != np.uint16 or values.ndim != 3:
        raise OSError("not decoded")
    return cv2.cvtColor(values, cv2.COLOR_BGRA2RGBA if values.shape[2] == 4 else cv2.COLOR_BGR2RGB)


def tiff_size(data: bytes, page: int) -> tuple[int, int] | None:
    """Width and height of a TIFF's page that Pillow cannot read in full; None where Pillow reads it. Raises nothing."""
    try:
        with TiffFile(io.BytesIO(data)) as file:
            found = _page(file, page)
            return (found.imagewidth, found.imagelength) if _beyond_pillow(found) else None
    except Exception:  # noqa: BLE001 - damaged ones raise anything; Pillow's own refusal says more
        return None


def tiff_values(data: bytes, page: int) -> np.ndarray:
    """(H, W) or (H, W, 3 or 4) of a TIFF's page, as stored but for black and white. OSError where parts are missing."""
    with TiffFile(io.BytesIO(data)) as file:
        found = _page(file, page)
        chunks = list(zip(found.dataoffsets, found.databytecounts, strict=True))
        whole = all(offset > 0 and count > 0 and offset + count <= len(data) for offset, count in chunks)
        if not whole or len(chunks) < np.prod(found.chunked):
            raise OSError("parts are missing; tifffile would leave them black")
        values = np.squeeze(found.asarray())
        if "S" in found.axes and found.axes.index("S") == 0:  # a plane a colour
            values = np.moveaxis(values, 0, -1)
        if found.photometric == PHOTOMETRIC.MINISWHITE:
            values = np.iinfo(values.dtype).max - values
    if values.ndim == 3 and values.shape[2] > 4:
        values = values[..., :3]
    return values if values.ndim == 2 or values.shape[2] in (3, 4) else values[..., 0]


def is_whole_jpeg2000(data: bytes) -> bool:
    """Whether the code stream of a JPEG 2000 file (ISO/IEC 15444-1, annexes A and I) comes to its end."""
    at, end = 0, len(data)
    if not data.startswith(b"\xff\x4f"):
        while at + 16 <= len(data) and data[at + 4 : at + 8] != b"jp2c":
            length = int.from_bytes(data[at : at + 4], "big")
            at += int.from_bytes(data[at + 8 : at + 16], "big") if length == 1 else max(length, 8)
        length = int.from_bytes(data[at : at + 4], "big")
        long = int.from_bytes(data[at + 8 : at + 16], "big")
        end = at + (long if length == 1 else length) if length else len(data)
    return at < end <= len(data) and data[end - 2 : end] == b"\xff\xd9"


def _page(file: TiffFile, page: int) -> TiffPage:
    found = file.pages[page]
    assert isinstance(found, TiffPage)
    return found


def _beyond_pillow(page: TiffPage) -> bool:
    if _DNG in page.tags or page.compression == _APERIO_YCBCR:
        return False
    if not {256, 257, 258, 259, 262} <= {tag.code for tag in page.tags} or page.dtype is None:
        return False  # cut short
    deep = page.photometric == PHOTOMETRIC.RGB and page.samplesperpixel >= 3 and page.dtype.itemsize > 1
    return deep or int(page.compression) not in _PILLOW_OPENS
