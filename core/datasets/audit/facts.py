"""What is measured of one image file."""

import hashlib
import io
from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np
from PIL import Image

from core.imaging.file_types import sniff

# Of the luminance table of ITU-T T.81, annex K, which encoders scale by quality (Independent JPEG Group).
_TABLE_SUM = 3688


@dataclass(frozen=True)
class Facts:
    """One image. trouble: why it could not be opened, or "". content: hash of the file's bytes; picture: hash of the
    pixels, the same for its turned and mirrored copies. quality: JPEG's, 1 to 100 as estimated from its tables, NaN for
    other formats. red, green, blue: means; ground_*: means of the palest tenth; all 0 to 255. cut: share of pixels
    along the border that are quite black. focus: standard deviation of the Laplacian of the grey at working scale.
    """

    trouble: str
    format: str = ""
    bytes: float = float("nan")
    content: str = ""
    picture: str = ""
    width: float = float("nan")
    height: float = float("nan")
    quality: float = float("nan")
    red: float = float("nan")
    green: float = float("nan")
    blue: float = float("nan")
    ground_red: float = float("nan")
    ground_green: float = float("nan")
    ground_blue: float = float("nan")
    contrast: float = float("nan")
    focus: float = float("nan")
    cut: float = float("nan")

    def row(self) -> dict[str, Any]:
        return asdict(self)


def unopened(reason: str) -> Facts:
    return Facts(trouble=reason)


def measure(data: bytes, pixels: np.ndarray, grey: np.ndarray, picture: str) -> Facts:
    """data: the file, empty where the image has none of its own. pixels: (H, W, 3) uint8. grey: at working scale."""
    small = cv2.resize(pixels, (32, 32), interpolation=cv2.INTER_AREA).reshape(-1, 3).astype(np.float32)
    pale = small[np.argsort(small.sum(axis=1))[-len(small) // 10 :]]
    (red, green, blue), ground = small.mean(axis=0).tolist(), pale.mean(axis=0).tolist()
    edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    file_type = sniff(data)
    return Facts(
        trouble="",
        format=str(file_type) if file_type.is_photo else "",
        bytes=float(len(data)) if data else float("nan"),
        content=hashlib.sha256(data).hexdigest() if data else "",
        picture=picture,
        width=float(pixels.shape[1]),
        height=float(pixels.shape[0]),
        quality=jpeg_quality(data),
        red=red,
        green=green,
        blue=blue,
        ground_red=ground[0],
        ground_green=ground[1],
        ground_blue=ground[2],
        contrast=float(grey.std()),
        focus=float(cv2.Laplacian(grey, cv2.CV_32F).std()),
        cut=float((edge.max(axis=1) < 8).mean()),
    )


def jpeg_quality(data: bytes) -> float:
    """The quality from 1 to 100 with which a JPEG was saved, to the nearest; NaN for other files."""
    if not data.startswith(b"\xff\xd8"):
        return float("nan")
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "MPO")) as image:
            tables = image.quantization  # type: ignore[attr-defined]
    except (OSError, ValueError, SyntaxError):
        return float("nan")
    table = np.array(tables[min(tables)], float)
    if len(table) != 64:
        return float("nan")
    # Sums, since the order of the table differs between versions of Pillow.
    percent = 100 * table.sum() / _TABLE_SUM
    if percent >= 100:
        return float(round(5000 / percent))
    return 100.0 if table.max() <= 1 else float(round((200 - percent) / 2))
