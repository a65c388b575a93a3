"""Which generated cells are typical of their class, so that what a newcomer sees first is what textbooks show.

A cell is the more typical, the surer the reader is of its class, the nearer it is to the cells that the reader learned
from, and the likelier what its definition says of it is to be seen, by the attribute head beside the reader.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from core.explain.masks import LEAST
from core.inference.cell_maker import MadeCell
from core.inference.reader import Reader
from core.morphology.attributes import column
from core.morphology.head import has_head, read_head

TYPICAL: Mapping[str, Mapping[str, str]] = {
    "basophil": {"granule_type": "coarse", "granule_colour": "purple"},
    "eosinophil": {
        "cell_shape": "round",
        "nucleus_shape": "segmented-bilobed",
        "granule_type": "round",
        "granule_colour": "red",
    },
    "lymphocyte": {
        "nucleus_shape": "unsegmented-round",
        "nuclear_cytoplasmic_ratio": "high",
        "chromatin_density": "densely",
        "cell_shape": "round",
    },
    "monocyte": {"nucleus_shape": "unsegmented-indented", "cell_size": "big", "nuclear_cytoplasmic_ratio": "low"},
    "segmented neutrophil": {"nucleus_shape": "segmented-multilobed", "granularity": "yes", "granule_colour": "pink"},
    "band neutrophil": {"nucleus_shape": "unsegmented-band", "granularity": "yes", "granule_colour": "pink"},
}
"""By class or finer type, the values of WBCAtt's attributes that its definition names or that go with it. The others
(erythroblasts, platelets, immature granulocytes) have none in that table."""


ONE_NUCLEUS = ("monocyte",)
"""Classes whose nucleus is a single one, folded or indented: two parts joined by a bridge are not what to look for."""

WAIST = 0.3
"""Of the radius of a disc as large as the nucleus: a bridge that is narrower than twice this parts a nucleus in two."""

SOLID = 0.89, 0.95
"""Between which the share of its convex hull lies that an indented nucleus fills: above it is round, below lobed."""

STRANGE_GROUND = 30
"""Levels, summed over the colours, by which the ground of a cell in another stain differs from that of the others."""


def most_typical(cells: Sequence[MadeCell], reader: Reader) -> list[MadeCell]:
    """The cells that the reader answers for, the most typical first; those in doubt last."""
    readings = reader.read([cell.photo for cell in cells])
    likely = np.ones(len(cells))
    if has_head(reader.checkpoint):
        features = reader.staged_features([cell.photo for cell in cells], [reading.box for reading in readings])
        attributes = read_head(reader.checkpoint).probabilities(features)
        for row, cell in enumerate(cells):
            wanted = TYPICAL.get(cell.subtype or cell.condition.cell, {})
            likely[row] = np.prod([attributes[row, column(key, value)] for key, value in wanted.items()])
    typicality = likely * readings.probabilities.max(axis=1) / np.maximum(readings.distances, 1e-6)
    in_doubt = np.array([reading.verdict != "answer" for reading in readings])
    return [cells[place] for place in np.lexsort((-typicality, in_doubt | _odd(cells)))]


def _odd(cells: Sequence[MadeCell]) -> np.ndarray:
    """(N,) bool: those in a stain that the others are not in, and those whose nucleus is not one where it should be."""
    ground = np.stack([np.quantile(cell.pixels, 0.9, axis=(0, 1)) for cell in cells])
    strange = np.abs(ground - np.median(ground, axis=0)).sum(axis=1) > STRANGE_GROUND
    parted = [cell.condition.cell in ONE_NUCLEUS and not one_indented_nucleus(cell.pixels) for cell in cells]
    odd: np.ndarray = strange | np.array(parted)
    return odd


def one_indented_nucleus(pixels: np.ndarray) -> bool:
    """Whether the nucleus of a framed cell (S, S, 3) uint8 is in one piece, neither round nor lobed."""
    from scipy import ndimage  # here, for they take seconds to load
    from skimage.measure import regionprops

    nucleus = _nucleus(pixels)
    if nucleus is None:
        return False
    radius = np.sqrt(nucleus.sum() / np.pi)
    _, parts = ndimage.label(ndimage.distance_transform_edt(nucleus) > WAIST * radius)
    (shape,) = regionprops(nucleus.astype(np.uint8))
    return bool(parts == 1 and SOLID[0] <= shape.solidity <= SOLID[1])


def _nucleus(pixels: np.ndarray) -> np.ndarray | None:
    """(S, S) bool: all that is dark in the middle, as `core.explain.masks` finds it; None where nothing is.

    That module gives no nucleus, and stays as it is: what was measured of maps counts for its code as it was then.
    """
    from scipy import ndimage  # here, for they take seconds to load
    from skimage.filters import threshold_multiotsu

    green = ndimage.gaussian_filter(pixels[..., 1].astype(np.float32), len(pixels) / 100)
    try:
        dark = ndimage.binary_fill_holes(green < threshold_multiotsu(green, 3)[0])
    except ValueError:  # a picture of fewer than three shades
        return None
    parts, count = ndimage.label(dark)
    numbers = np.arange(1, count + 1)
    middle = np.abs((np.arange(len(pixels)) + 0.5) / len(pixels) - 0.5) <= 0.3
    central = ndimage.mean((middle[:, None] & middle[None]).astype(np.float32), parts, numbers)
    areas = ndimage.sum_labels(dark, parts, numbers)
    nucleus: np.ndarray = np.isin(parts, numbers[(areas >= LEAST * dark.size) & (np.asarray(central) >= 0.5)])
    return nucleus if nucleus.any() else None
