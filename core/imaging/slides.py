"""Whole slides, too large to be opened at once: regions of them, at the size in which they were scanned."""

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from tifffile import TiffFile

from core.errors import ImageError
from core.imaging.changes import Change, ChangeKind
from core.imaging.decoding import MAX_PIXELS, Photo, photo_of_values
from core.imaging.file_types import export_a_region

if TYPE_CHECKING:
    from tiffslide import TiffSlide

REGION = 2048
"""Side of a region in pixels of the scan: a few hundred red cells at 40×."""
MOST_REGIONS = 24
"""So many regions are read, evenly chosen over the slide: a count of them takes minutes."""
LOOK = 32
"""Side in pixels at which a region is looked at to choose it."""
STAINED, SHARE = 0.08, (0.05, 0.9)
"""Optical density in green of a stained place; share of them in a region where cells lie side by side."""

_MICROMETRES = "tiffslide.mpp-x"
"""The property of a slide that says how many µm a pixel is."""

File = bytes | Path


def is_slide(file: File) -> bool:
    """Whether a TIFF's first picture is too large to be opened at once. Raises nothing."""
    try:
        with TiffFile(_stream(file)) as tiff:
            page = tiff.pages.first
            return page.imagewidth * page.imagelength > MAX_PIXELS
    except Exception:  # noqa: BLE001 - of damaged files anything; opening them says more
        return False


def regions_of(file: File, name: str) -> Iterator[Photo | ImageError]:
    """Regions of a slide, row by row; where it cannot be read, one sentence that asks to export a region.

    Chosen evenly of those that show cells side by side, so that no kind of cell is preferred.
    """
    from tiffslide import TiffSlide  # takes seconds to load

    try:
        slide = TiffSlide(_stream(file))
        places, count = _chosen(slide)
    except Exception:  # noqa: BLE001 - what tiffslide does not know raises anything
        yield ImageError(name, export_a_region("a slide"))
        return
    with slide:
        for place in places:
            yield _region(slide, place, name, Change(ChangeKind.REGIONS, len(places), count))


def _stream(file: File) -> Path | io.BytesIO:
    return io.BytesIO(file) if isinstance(file, bytes) else file


_Place = tuple[int, int, int, int]
"""Left, top, width, height in pixels of the scan."""


def _region(slide: "TiffSlide", place: _Place, name: str, change: Change) -> Photo | ImageError:
    left, top, width, height = place
    label = f"{name}, region at {left}, {top}"
    try:
        values = np.asarray(slide.read_region((left, top), 0, (width, height)).convert("RGB"))
        photo = photo_of_values(values, label)
    except ImageError as error:
        return error
    except Exception:  # noqa: BLE001 - as above
        return ImageError(label, "is damaged or stored in an unusual way; export the region and try again.")
    size = slide.properties.get(_MICROMETRES)
    return replace(photo, changes=(change, *photo.changes), micrometres_per_pixel=float(size) if size else None)


def _chosen(slide: "TiffSlide") -> tuple[list[_Place], int]:
    """The regions to be read, and of how many they are chosen."""
    width, height = slide.dimensions
    places = [
        (left, top, min(REGION, width - left), min(REGION, height - top))
        for top in range(0, max(1, height - REGION // 8), REGION)
        for left in range(0, max(1, width - REGION // 8), REGION)
    ]
    with_cells = _with_cells(slide, places) or places
    every = np.unique(np.linspace(0, len(with_cells) - 1, min(MOST_REGIONS, len(with_cells))).round().astype(int))
    return [with_cells[index] for index in every], len(with_cells)


def _with_cells(slide: "TiffSlide", places: list[_Place]) -> list[_Place]:
    """Those where cells lie side by side, by a small picture of the slide; none where the slide has no small one."""
    width, height = slide.level_dimensions[-1]
    if width * height > MAX_PIXELS:
        return []
    share = LOOK / REGION
    size = max(1, round(slide.dimensions[0] * share)), max(1, round(slide.dimensions[1] * share))
    green = np.asarray(slide.get_thumbnail(size).convert("RGB"))[..., 1].astype(float)
    stained = np.log10(max(1.0, float(np.percentile(green, 95))) / green.clip(1)) > STAINED
    across, down = stained.shape[1] / slide.dimensions[0], stained.shape[0] / slide.dimensions[1]

    def share_of(place: _Place) -> float:
        left, top, wide, high = place
        rows = slice(int(top * down), max(int(top * down) + 1, int((top + high) * down)))
        columns = slice(int(left * across), max(int(left * across) + 1, int((left + wide) * across)))
        part = stained[rows, columns]
        return float(part.mean()) if part.size else 0.0

    return [place for place in places if SHARE[0] <= share_of(place) <= SHARE[1]]
