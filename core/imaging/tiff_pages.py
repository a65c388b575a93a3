"""Which pictures of a file are photos: of a TIFF with several pages, those as large as the largest."""

import io

from PIL import Image

from core.imaging.decoding import keep_quiet
from core.imaging.file_types import FileType

MOST_PAGES = 10_000
"""Pages that are looked for; a damaged file can claim any number."""

_SMALLER, _MASK = 1, 4  # bits of NewSubfileType, TIFF 6.0, tag 254


def pages_of(data: bytes, file_type: FileType) -> tuple[int, ...]:
    """The pages that hold photos, counted from 0, in their order; (0,) for every file that is no TIFF of pages.

    What a microscope's export keeps beside the picture (thumbnails, smaller copies for the viewer, masks, labels) is
    no photo: it is marked as such, or is smaller. Only headers are read. Raises nothing: of a damaged file the pages
    are named that can be found, and opening them says more.
    """
    if file_type is not FileType.TIFF:
        return (0,)
    keep_quiet()
    sizes: dict[int, tuple[int, int]] = {}
    try:
        image = Image.open(io.BytesIO(data), formats=("TIFF",))
        for page in range(MOST_PAGES):
            image.seek(page)
            if not getattr(image, "tag_v2", {}).get(254, 0) & (_SMALLER | _MASK):
                sizes[page] = image.size
    except Exception:  # noqa: BLE001 - after the last page EOFError; of damaged files anything
        pass
    largest = max(sizes.values(), key=lambda size: size[0] * size[1], default=None)
    return tuple(page for page, size in sizes.items() if size == largest) or (0,)
