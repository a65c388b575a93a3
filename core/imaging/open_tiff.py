"""A TIFF that is opened once for all of its pages: finding a page anew takes time by the pages before it."""

import io
import logging
from functools import cached_property

import numpy as np
from PIL import Image, ImageFile
from tifffile import PHOTOMETRIC, TiffFile, TiffPage

from core.imaging.file_types import FileType
from core.imaging.physical_size import micrometres_per_pixel

# tifffile reports odd tags by its logger, and without a handler that would be printed.
logging.getLogger("tifffile").addHandler(logging.NullHandler())

_PILLOW_OPENS = {1, 2, 3, 4, 5, 6, 7, 8, 32773, 32946, 34676, 34677, 34925, 50000, 50001}
"""Compressions of TIFF that Pillow's decoder knows; SGI's are for print."""
_DNG = 50706
_APERIO_YCBCR = 33003
"""JPEG 2000 without a mark of its colours, which would be taken for RGB."""


class OpenTiff:
    """The pages of a TIFF by Pillow and, where Pillow reduces or cannot open them, by tifffile. For one thread."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._image: ImageFile.ImageFile | None = None
        self._handed: int | None = None

    @cached_property
    def micrometres_per_pixel(self) -> float | None:
        """Of its first page."""
        return micrometres_per_pixel(self.data, FileType.TIFF)

    def picture(self, page: int) -> ImageFile.ImageFile:
        """Pillow's picture of a page, its header read and its pixels not yet; good until the next one is asked for.

        Raises whatever Pillow does of damaged files.
        """
        image, self._image = self._image, None  # what fails is not used again
        if image is None or self._handed == page:  # Pillow does not start anew with a page that it has read
            image = Image.open(io.BytesIO(self.data), formats=("TIFF",))
        image.seek(page)
        self._image, self._handed = image, page
        return image

    def forget_picture(self) -> None:
        """What comes next is opened anew: of a page that failed a decoder may be left anyhow."""
        self._image = None

    def size_beyond_pillow(self, page: int) -> tuple[int, int] | None:
        """Width and height of a page that Pillow cannot read in full; None where Pillow reads it. Raises nothing."""
        try:
            found = self._page(page)
            return (found.imagewidth, found.imagelength) if _beyond_pillow(found) else None
        except Exception:  # noqa: BLE001 - damaged ones raise anything; Pillow's own refusal says more
            return None

    def values(self, page: int) -> np.ndarray:
        """(H, W) or (H, W, 3 or 4) of a page, as stored but for black and white. OSError where parts are missing."""
        found = self._page(page)
        chunks = list(zip(found.dataoffsets, found.databytecounts, strict=True))
        whole = all(offset > 0 and count > 0 and offset + count <= len(self.data) for offset, count in chunks)
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

    @cached_property
    def _file(self) -> TiffFile:
        return TiffFile(io.BytesIO(self.data))

    def _page(self, page: int) -> TiffPage:
        found = self._file.pages[page]
        assert isinstance(found, TiffPage)
        return found


def _beyond_pillow(page: TiffPage) -> bool:
    if _DNG in page.tags or page.compression == _APERIO_YCBCR:
        return False
    if not {256, 257, 258, 259, 262} <= {tag.code for tag in page.tags} or page.dtype is None:
        return False  # cut short
    deep = page.photometric == PHOTOMETRIC.RGB and page.samplesperpixel >= 3 and page.dtype.itemsize > 1
    return deep or int(page.compression) not in _PILLOW_OPENS
