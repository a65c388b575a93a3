"""How a person wants files to be opened, where a file does not say or says it wrongly."""

from dataclasses import dataclass, replace

import numpy as np

from core.imaging.changes import Change, ChangeKind
from core.imaging.decoding import Photo


@dataclass(frozen=True)
class Opening:
    """pages_apart: every page of a TIFF is a photo, also the planes of a stack. swap: red and blue change places.

    micrometres_per_pixel: of all photos, whatever their files say; None leaves it to them. scale_bar: µm of the bar
    that is drawn on photos, which tells the same of them where it is found.
    """

    pages_apart: bool = False
    swap: bool = False
    micrometres_per_pixel: float | None = None
    scale_bar: float | None = None


AS_THEY_ARE = Opening()


def as_wanted(photo: Photo, opening: Opening) -> Photo:
    """The photo as a person wants it."""
    wanted = with_colours_swapped(photo) if opening.swap else photo
    size = opening.micrometres_per_pixel
    return wanted if size is None else replace(wanted, micrometres_per_pixel=size)


def measured_by_bar(photo: Photo, opening: Opening) -> Photo:
    """The photo with the size of a pixel by its scale bar, where a person says how long that is and nothing else."""
    pixels = next((change.number for change in photo.changes if change.kind is ChangeKind.SCALE_BAR), 0)
    if not pixels or opening.scale_bar is None or opening.micrometres_per_pixel is not None:
        return photo
    return replace(photo, micrometres_per_pixel=opening.scale_bar / pixels)


def with_colours_swapped(photo: Photo) -> Photo:
    """The photo with red and blue the other way round."""
    pixels = np.ascontiguousarray(photo.pixels[..., ::-1])
    pixels.flags.writeable = False
    return replace(photo, pixels=pixels, changes=(*photo.changes, Change(ChangeKind.SWAPPED)))
