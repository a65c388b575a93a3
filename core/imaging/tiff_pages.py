"""What the pages of a TIFF are: photos each, planes of a focus stack, moments, or the colours of one photo."""

import io
import re
from dataclasses import dataclass
from itertools import product
from typing import Literal

from PIL import Image
from tifffile import TiffFile, TiffPageSeries

from core.imaging.decoding import keep_quiet
from core.imaging.file_types import FileType

MOST_PAGES = 10_000
"""Pages that are looked for; a damaged file can claim any number."""

_SMALLER, _MASK = 1, 4  # bits of NewSubfileType, TIFF 6.0, tag 254
_STACKED = "ZT"
"""Axes, by tifffile's letters, along which one place is shown again and again: depth and time."""
_HINTS = {
    "Z": r'\bslices=(\d+)|SizeZ="(\d+)"',
    "T": r'\bframes=(\d+)|SizeT="(\d+)"',
    "C": r'\bchannels=(\d+)|SizeC="(\d+)"',
}
"""ImageJ's and OME's counts in a description that tifffile does not follow."""

Axis = Literal["focus", "time", "unmarked"]


@dataclass(frozen=True)
class PageSeries:
    """Pages that belong together. planes: of each its page, or its pages of red, green and blue; counted from 0.

    axis: how its planes differ by the file's tags.
    """

    planes: tuple[tuple[int, ...], ...]
    axis: Axis = "unmarked"


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


def series_of(data: bytes, file_type: FileType) -> tuple[PageSeries, ...]:
    """The pages that hold photos as the file's tags group them (ImageJ, OME, and what else tifffile knows).

    Positions and pages without tags that mean anything are series of their own and one series. Raises nothing.
    """
    pages = pages_of(data, file_type)
    if len(pages) == 1:
        return (PageSeries((pages,)),)
    try:
        with TiffFile(io.BytesIO(data)) as file:
            tagged = [(one, _indexes(one)) for one in file.series]
            description = file.pages.first.description
    except Exception:  # noqa: BLE001 - of damaged files anything
        tagged, description = [], ""
    found: list[PageSeries] = []
    left = list(pages)
    for series, indexes in tagged:
        followed = _tagged(series, indexes) if set(indexes) <= set(pages) else []
        found += followed
        # A fourth channel beside three colours is none of the photo's, and no photo.
        left = [page for page in left if not followed or page not in indexes]
    if left:
        found.append(_hinted(tuple(left), description))
    return tuple(found)


def _indexes(series: TiffPageSeries) -> list[int]:
    """Its pages in the file, in order; [-1] where one page holds several planes, which Pillow would not open."""
    indexes = [-1 if page is None else int(page.index) for page in series.pages]
    planes = 1
    for axis, size in zip(series.axes, series.shape, strict=True):
        planes *= 1 if axis in "YXS" else size
    return indexes if len(indexes) == planes else [-1]


def _tagged(series: TiffPageSeries, indexes: list[int]) -> list[PageSeries]:
    """A series as its axes say; none of what has no meaning here."""
    sizes = {axis: size for axis, size in zip(series.axes, series.shape, strict=True) if axis not in "YXS"}
    grey = "S" not in series.axes
    if not set(sizes) & set("ZTC") and series.kind not in ("ome", "imagej", "mmstack", "lsm", "stk"):
        return []
    as_colours = grey and sizes.get("C") in (3, 4)
    places: dict[tuple[int, ...], dict[tuple[int, ...], list[int]]] = {}
    for at, page in zip(product(*map(range, sizes.values())), indexes, strict=True):
        where = dict(zip(sizes, at, strict=True))
        apart = tuple(n for axis, n in where.items() if axis not in _STACKED and not (axis == "C" and as_colours))
        plane = tuple(n for axis, n in where.items() if axis in _STACKED)
        places.setdefault(apart, {}).setdefault(plane, []).append(page)
    axis: Axis = "time" if sizes.get("T", 1) > 1 and sizes.get("Z", 1) == 1 else "focus"
    several = max(len(planes) for planes in places.values()) > 1
    return [
        PageSeries(tuple(tuple(colours[:3]) for colours in planes.values()), axis if several else "unmarked")
        for planes in places.values()
    ]


def _hinted(pages: tuple[int, ...], description: str) -> PageSeries:
    """Pages of which no tag was followed, by the one count in their description that fits their number."""
    for axis, pattern in _HINTS.items():
        counts = {int(one or other) for one, other in re.findall(pattern, description)}
        if counts == {len(pages)} and len(pages) > 1:
            if axis == "C":
                return PageSeries((pages,)) if len(pages) == 3 else PageSeries(tuple((page,) for page in pages))
            return PageSeries(tuple((page,) for page in pages), "focus" if axis == "Z" else "time")
    return PageSeries(tuple((page,) for page in pages))
