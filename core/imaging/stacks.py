"""Planes of one place become one photo, the sharpest of them; planes of other places stay photos of their own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from core.errors import ImageError
from core.imaging.changes import Change, ChangeKind
from core.imaging.colours import is_grey
from core.imaging.decoding import Photo, grey_page, open_colours, open_page, photo_of_colours
from core.imaging.depth import to_8_bit
from core.imaging.open_tiff import OpenTiff
from core.imaging.tiff_pages import Axis, PageSeries

LOOK = 128
"""Longer side in pixels at which places are compared."""
FINE, COARSE = 1.5, 8.0
"""What is compared is between these blurs, in pixels of that: neither focus nor an eyepiece's shade counts."""
MIDDLE, REACH = 0.5, 0.08
"""Shares of a side: the middle that is looked for, and by how much it may have moved."""
SAME: dict[Axis, float] = {"focus": 0.7, "time": 0.7, "unmarked": 0.85}
"""Least correlation of two pictures of one place, by what the file's tags say of them. Fields of different places reach
0.70 at most (RV-PBS's, pair by pair; of BCCD's 99.9 % keep below 0.63); a field and itself blurred until its cells
vanish keeps 0.94."""
SMALLEST = 256
"""Shorter side in pixels of pictures without tags that may be of one place: photos of one cell are all alike."""
PLAIN = 0.5
"""Spread of brightness under which a picture shows nothing that could be compared."""


class PictureMiddle:
    """What a picture shows, whatever its focus. pixels: (H, W, 3) uint8."""

    def __init__(self, pixels: np.ndarray) -> None:
        height, width = pixels.shape[:2]
        scale = min(1.0, LOOK / max(height, width))
        size = max(8, round(width * scale)), max(8, round(height * scale))
        grey = cv2.cvtColor(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
        grey = grey.astype(np.float32)
        self.pattern = cv2.GaussianBlur(grey, (0, 0), FINE) - cv2.GaussianBlur(grey, (0, 0), COARSE)

    def likeness(self, other: "PictureMiddle") -> float:
        """Correlation, up to 1, of two pictures where they fit best; 0 where one shows nothing."""
        if self.pattern.shape != other.pattern.shape:
            return 0.0
        middle, around = _central(self.pattern, MIDDLE), _central(other.pattern, MIDDLE + 2 * REACH)
        if min(middle.std(), around.std()) < PLAIN:
            return 0.0
        return float(cv2.matchTemplate(around, middle, cv2.TM_CCOEFF_NORMED).max())


_KINDS: dict[Axis, ChangeKind] = {
    "focus": ChangeKind.FOCUS,
    "time": ChangeKind.TIME,
    "unmarked": ChangeKind.SAME_PLACE,
}


@dataclass(frozen=True, eq=False)
class _Plane:
    """number: of the plane in its series, from 1."""

    number: int
    photo: Photo
    place: PictureMiddle
    sharpness: float


@dataclass
class _Group:
    """Planes of one place so far: the first of them, the sharpest, and how many there are."""

    place: PictureMiddle
    best: _Plane
    count: int = 1

    def take(self, plane: _Plane) -> None:
        self.count += 1
        if plane.sharpness > self.best.sharpness:
            self.best = plane


def photos_of(
    data: bytes, name: str, series: Sequence[PageSeries], *, apart: bool = False
) -> Iterator[Photo | ImageError]:
    """Every photo in the series of a TIFF, and what cannot be read in its place; a plane at a time is in memory.

    apart: every page is a photo, whatever it shows.
    """
    tiff = OpenTiff(data)
    for number, one in enumerate(series, 1):
        label = f"{name}, position {number}" if len(series) > 1 else name
        yield from _photos_of_series(tiff, label, one, apart=apart)


def _photos_of_series(tiff: OpenTiff, name: str, series: PageSeries, *, apart: bool) -> Iterator[Photo | ImageError]:
    if not apart and (colours := _taken_for_colours(tiff, name, series)) is not None:
        yield colours
        return
    if len(series.planes) == 1:
        yield _tried(tiff, name, series.planes[0])
        return
    group: _Group | None = None
    errors: list[ImageError] = []
    several = apart
    for number, pages in enumerate(series.planes, 1):
        photo = _tried(tiff, f"{name}, page {pages[0] + 1}", pages)
        if isinstance(photo, ImageError):
            several = True
            errors.append(photo)
            continue
        plane = _Plane(number, photo, PictureMiddle(photo.pixels), sharpness(photo.pixels))
        if group is not None and not apart and _belongs(plane, group, series.axis):
            group.take(plane)
            continue
        if group is not None:
            several = True
            yield _emitted(group, series, name, several=True)
        yield from errors
        errors.clear()
        group = _Group(plane.place, plane)
    if group is not None:
        yield _emitted(group, series, name, several=several)
    yield from errors


def _tried(tiff: OpenTiff, name: str, pages: tuple[int, ...]) -> Photo | ImageError:
    """The photo on a page, or of three that are its colours."""
    try:
        if len(pages) < 3:
            return open_page(tiff, name, pages[0])
        photo = open_colours(tiff, name, (pages[0], pages[1], pages[2]))
    except ImageError as error:
        return error
    return replace(photo, changes=(Change(ChangeKind.COLOUR_PAGES), *photo.changes))


def _belongs(plane: _Plane, group: _Group, axis: Axis) -> bool:
    if axis == "unmarked" and min(plane.photo.pixels.shape[:2]) < SMALLEST:
        return False
    return group.place.likeness(plane.place) >= SAME[axis]


def _emitted(group: _Group, series: PageSeries, name: str, *, several: bool) -> Photo:
    """The photo of a group. several: its series has others."""
    photo = group.best.photo
    if group.count > 1:
        kept = [change for change in photo.changes if change.kind is not ChangeKind.PAGE]
        photo = replace(photo, changes=(Change(_KINDS[series.axis], group.best.number, group.count), *kept))
    elif series.axis != "unmarked":
        photo = replace(photo, changes=(*photo.changes, Change(ChangeKind.OTHER_PLACES)))
    return photo if several else replace(photo, name=name)


def _taken_for_colours(tiff: OpenTiff, name: str, series: PageSeries) -> Photo | None:
    """The photo of three grey pages without tags that show one place in three colours; None of all others."""
    if series.axis != "unmarked" or [len(plane) for plane in series.planes] != [1, 1, 1]:
        return None
    colours: list[np.ndarray] = []
    places: list[PictureMiddle] = []
    try:
        for (page,) in series.planes:
            values, coloured = grey_page(tiff, name, page)
            if coloured:
                return None
            colours.append(values)
            grey, _ = to_8_bit(colours[-1])
            places.append(PictureMiddle(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB)))
        photo = photo_of_colours(tiff, name, colours)
    except (ImageError, ValueError):
        return None
    alike = all(places[1].likeness(place) >= SAME["focus"] for place in places)
    if not alike or is_grey(photo.pixels):
        return None
    return replace(photo, changes=(Change(ChangeKind.TAKEN_FOR_COLOURS), *photo.changes))


def sharpness(pixels: np.ndarray) -> float:
    """How sharp a picture (H, W, 3) uint8 is beside others of the same place: variance of its Laplacian, over light."""
    grey = cv2.GaussianBlur(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), (0, 0), 1.0)
    return float(cv2.Laplacian(grey, cv2.CV_32F).var()) / (float(grey.mean()) + 1) ** 2


def _central(pattern: np.ndarray, share: float) -> np.ndarray:
    height, width = pattern.shape
    down, across = round(height * (1 - share) / 2), round(width * (1 - share) / 2)
    return pattern[down : height - down, across : width - across]
