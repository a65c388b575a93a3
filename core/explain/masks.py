"""Where the cell is in a framed picture, by thresholds: the nucleus, grown to the size that cells have around it."""

import numpy as np
import numpy.typing as npt

GROWN = 0.4
"""The cell's radius is the nucleus's times 1 and this; so it is for PBC's white cells, by eye, on average."""

LEAST = 0.005
"""Share of the picture that a nucleus has at least; smaller spots are grit."""

Mask = npt.NDArray[np.bool_]


def cell_mask(crop: np.ndarray) -> Mask | None:
    """(S, S) of a framed picture (S, S, 3) uint8 with the cell in its middle; None where no nucleus is found.

    The nucleus is the darkest of three levels of green (multi-Otsu; a stained nucleus takes green away most), those
    parts of it that lie mostly in the middle three fifths of the picture. It is grown by a disc.
    """
    from scipy import ndimage  # here, for they take seconds to load
    from skimage.filters import threshold_multiotsu

    green = ndimage.gaussian_filter(crop[..., 1].astype(np.float32), len(crop) / 100)
    try:
        dark = green < threshold_multiotsu(green, 3)[0]
    except ValueError:  # a picture of fewer than three shades
        return None
    parts, count = ndimage.label(ndimage.binary_fill_holes(dark))
    if not count:
        return None
    size = len(crop)
    place = np.abs((np.arange(size) + 0.5) / size - 0.5) <= 0.3
    middle = place[:, None] & place[None]
    numbers = np.arange(1, count + 1)
    areas = ndimage.sum_labels(np.ones_like(green), parts, numbers)
    central = ndimage.sum_labels(middle.astype(np.float32), parts, numbers) / areas
    nucleus = np.isin(parts, numbers[(areas >= LEAST * size**2) & (central >= 0.5)])
    if not nucleus.any():
        return None
    reach = GROWN * np.sqrt(nucleus.sum() / np.pi)
    grown: Mask = ndimage.distance_transform_edt(~nucleus) <= reach
    return grown
