"""Clumps of platelets, which a detector of single cells passes over: much small violet close together.

Clumped platelets are missing where platelets are counted one by one, so that blood which has enough of them looks poor
in them (pseudothrombocytopenia; Dacie and Lewis, Practical Haematology, 12th ed. 2017, chapter 2).
"""

from collections.abc import Sequence

import numpy as np
from PIL import Image
from scipy import ndimage
from skimage.filters import gaussian
from skimage.measure import label, regionprops

from core.imaging.fields import Detection, Field

WORKING_DIAMETER = 32.0
"""Pixels of a red cell at which clumps are looked for: a platelet is then ten wide."""
APART, NOISE = 4.0, 0.01
"""How much bluer than red cells a place has to be, in their spreads; what is added to that spread."""
GROUND, DARKER = 0.9, 0.9
"""Quantile of green that is empty ground, and the share of it below which something is stained."""
GREENLESS = 0.9
"""Share of the places in red cells that lack green less than what is violet."""
THIN = 2
"""Half of the pixels up to which a shape is thin, as the fringe around a red cell is, and is left out."""
ONE_PLATELET, ROUND = (0.01, 0.25), 0.8
"""Area of one platelet over a red cell's, and how solid it is at least."""
LARGEST, ROUGH, RAGGED = 0.9, 0.9, 0.7
"""What is larger than one platelet is a clump grown together where it is rough; above LARGEST, over a red cell's area,
only where it is ragged: it may be a white cell that was not found."""
USUAL_PLATELET = 0.08
"""Area of a platelet over a red cell's: 2.5 over 7.5 µm wide, and somewhat more where stain blurs its edge."""
CLOSE = 0.3
"""Gap in red cells' diameters up to which platelets lie in one clump."""
FEWEST = 6
"""Platelets that make a clump; four or five may lie together by chance."""
MARGIN = 0.15
"""By so much of its size a white cell's box is widened, within which violet is the cell's own."""


def clumps(pixels: np.ndarray, field: Field) -> int:
    """How many clumps of platelets a field shows; pixels: (H, W, 3) uint8. 0 where no red cells tell the scale."""
    diameter = field.red_diameter
    if field.single_cell or diameter is None:
        return 0
    scale = min(1.0, WORKING_DIAMETER / diameter)
    size = (max(1, round(field.width * scale)), max(1, round(field.height * scale)))
    small = np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BOX)) if scale < 1 else pixels
    shapes = _violet(small, field, scale) & ~_inside(field.of("white"), small.shape[:2], scale)
    reach = max(1, round(CLOSE / 2 * diameter * scale))
    groups = label(ndimage.binary_dilation(shapes, iterations=reach))
    area = np.pi / 4 * (diameter * scale) ** 2
    platelets = np.zeros(groups.max() + 1)
    for part in regionprops(label(shapes), groups):
        platelets[int(part.intensity_max)] += _platelets(part.area / area, float(part.solidity))
    return int((platelets >= FEWEST).sum())


def _platelets(share: float, solidity: float) -> float:
    """How many platelets a shape may be. share: of a red cell's area; solidity: of its convex outline's area."""
    if share <= ONE_PLATELET[1] and solidity >= ROUND:
        return float(share >= ONE_PLATELET[0])
    grown_together = solidity < RAGGED if share > LARGEST else solidity < ROUGH
    return share / USUAL_PLATELET * grown_together


def _violet(pixels: np.ndarray, field: Field, scale: float) -> np.ndarray:
    """Where (H, W) something stained is bluer than red cells are; nowhere where no red cell is seen.

    Colours are taken beside those around, since lamps often light one side of a field more blue than the other.
    """
    light = gaussian(pixels.astype(float), 0.6, channel_axis=2) + 1
    blue = np.log(light[..., 2] / light[..., 0])
    red = _inside(field.of("red"), blue.shape, scale, widened=-0.25)
    if not red.any():
        return np.zeros(blue.shape, dtype=bool)
    blue = blue - _smooth(blue, red)
    usual = np.median(blue[red])
    spread = 1.4826 * np.median(np.abs(blue[red] - usual)) + NOISE
    dark = light[..., 1] < np.quantile(light[..., 1], GROUND) * DARKER
    # Violet lacks green more than red cells do; shadows and the fringes of a lens are blue without that.
    lack = 0.5 * np.log(light[..., 0] * light[..., 2]) - np.log(light[..., 1])
    violet = (blue > usual + APART * spread) & dark & (lack > np.quantile(lack[red], GREENLESS))
    solid: np.ndarray = ndimage.binary_opening(violet, iterations=THIN)
    return solid


def _smooth(values: np.ndarray, where: np.ndarray) -> np.ndarray:
    """The quadratic surface (H, W) nearest to the values at the places of a mask."""
    y, x = (np.linspace(-1, 1, length) for length in values.shape)
    terms = np.stack(np.broadcast_arrays(*(x[None] ** i * y[:, None] ** j for i in range(3) for j in range(3 - i))), -1)
    weights, *_ = np.linalg.lstsq(terms[where], values[where], rcond=None)
    surface: np.ndarray = terms @ weights
    return surface


def _inside(cells: Sequence[Detection], shape: tuple[int, ...], scale: float, widened: float = MARGIN) -> np.ndarray:
    """Whether each place (H, W) lies in the box of a cell, widened by a share of its sides."""
    mask = np.zeros(shape[:2], dtype=bool)
    for cell in cells:
        wide, high = widened * cell.box.width, widened * cell.box.height
        left, right = (cell.box.left - wide) * scale, (cell.box.right + wide) * scale
        top, bottom = (cell.box.top - high) * scale, (cell.box.bottom + high) * scale
        mask[max(0, int(top)) : max(0, int(np.ceil(bottom))), max(0, int(left)) : max(0, int(np.ceil(right)))] = True
    return mask
