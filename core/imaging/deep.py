"""Colours of more than 8 bits that Pillow reduces, and code streams that it does not check."""

import cv2
import numpy as np

from core.imaging.file_types import FileType


def deep_colours(data: bytes, file_type: FileType) -> np.ndarray | None:
    """(H, W, 3 or 4) uint16 of a PNG or JPEG 2000 with colours of more than 8 bits, RGB or RGBA; None of any other."""
    is_deep = {FileType.PNG: _is_deep_png, FileType.JPEG2000: _is_deep_jpeg2000}.get(file_type)
    if is_deep is None or not is_deep(data):
        return None
    values = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if values is None or values.dtype != np.uint16 or values.ndim != 3:
        raise OSError("not decoded")
    return cv2.cvtColor(values, cv2.COLOR_BGRA2RGBA if values.shape[2] == 4 else cv2.COLOR_BGR2RGB)


def _is_deep_png(data: bytes) -> bool:
    return data[24] == 16 and data[25] in (2, 6)  # IHDR: bits, type of colour


def _is_deep_jpeg2000(data: bytes) -> bool:
    """By its SIZ marker (ISO/IEC 15444-1, A.5.1): components, and the bits of the first."""
    start = data.find(b"\xff\x4f\xff\x51")
    header = data[start : start + 43] if start >= 0 else b""
    return len(header) == 43 and int.from_bytes(header[40:42], "big") >= 3 and (header[42] & 0x7F) + 1 > 8


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
