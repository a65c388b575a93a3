"""Finding cells without learning: stains told apart, Otsu's threshold, touching cells parted by a watershed.

What a detector is compared with, and what serves where none is there. Ruifrok and Johnston 2001 (stains),
Otsu 1979, Vincent and Soille 1991 (watershed), all by scikit-image.
"""

from functools import partial

import numpy as np
from PIL import Image
from scipy import ndimage
from skimage.feature import peak_local_max
from skimage.filters import gaussian, threshold_multiotsu
from skimage.measure import label, regionprops
from skimage.morphology import remove_small_objects
from skimage.segmentation import watershed

from core.detection.decoding import NO_BOXES, Boxes
from core.detection.detector import FieldRules, field_of
from core.detection.scale import RedCells
from core.imaging.decoding import Photo
from core.imaging.fields import KINDS, DetectorIdentity, Field, Kind
from core.progress import Progress

CLASSICAL = "classical"
"""The folder, within a detector's checkpoint, of what was found in this way in the same photos."""

WORKING = 640
"""Longest side in pixels at which a photo is worked on; larger ones are made smaller, so memory is bounded."""
PLAIN_GROUND = 12.0
"""Spread of green between a photo's darkest and brightest twentieth under which it shows nothing."""
WHITE_AREA, PLATELET_AREA = 0.3, (0.01, 0.2)
"""Of a nucleus, and of a platelet, over a red cell's area."""
SMALLEST_RED = 0.2
"""Of a red cell's part that is still counted, over a red cell's area."""
STAINS = np.array([[0.8348, 0.5136, 0.1963], [0.0928, 0.9541, 0.2831]])
"""Optical density of methylene blue and of eosin in red, green and blue: the Giemsa vectors of G. Landini's Colour
Deconvolution for ImageJ."""
CONTRAST = 1.7
"""Least amount of the blue-violet stain in nuclei over the usual one in what else is stained."""
THRESHOLDS: dict[Kind, float] = {"white": 0.7, "red": 0.65, "platelet": 0.9}
"""Working points, of how full its circle a shape is; chosen on validation fields (core.evaluation.detection_report)."""


class ClassicalDetector:
    """Finds cells by stain and shape alone."""

    identity = DetectorIdentity("classical")

    def __init__(self, red_cells: RedCells | None, thresholds: dict[Kind, float] = THRESHOLDS) -> None:
        self.rules = FieldRules(thresholds, red_cells, self.identity)

    def boxes(self, pixels: np.ndarray, progress: Progress | None = None) -> Boxes:
        height, width = pixels.shape[:2]
        scale = min(1.0, WORKING / max(height, width))
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BOX)) if scale < 1 else pixels
        boxes = segmented(small)
        if progress:
            progress(1, 1)
        stretch = np.array([width / size[0], height / size[1]] * 2, np.float32)
        return boxes._replace(edges=boxes.edges * stretch)

    def find(self, photo: Photo, progress: Progress | None = None) -> Field:
        return field_of(photo, partial(self.boxes, progress=progress), self.rules)


def stained(pixels: np.ndarray) -> np.ndarray:
    """Whether each place (H, W) of a photo is of a cell rather than of empty ground.

    Otsu's way with three classes (ground, red cells, nuclei) on green, of which the brightest is the ground.
    """
    green = gaussian(pixels[..., 1].astype(float), 1.5)
    low, high = np.percentile(green, [5, 95])
    if high - low < PLAIN_GROUND:
        return np.zeros(green.shape, dtype=bool)
    mask: np.ndarray = ndimage.binary_fill_holes(green < threshold_multiotsu(green[::2, ::2], classes=3)[-1])
    return mask


def azure(pixels: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """How much of the blue-violet stain there is at each place (H, W), in optical density over the ground's."""
    ground = np.median(pixels[~cells], axis=0) if (~cells).any() else np.full(3, 255.0)
    light = gaussian(pixels.astype(float), 1.5, channel_axis=2)
    density = (-np.log10(np.clip(light, 1, None) / np.clip(ground, 1, None))).clip(min=0)
    stains = np.linalg.inv(np.vstack([STAINS, np.cross(*STAINS)]))
    amount: np.ndarray = (density @ stains)[..., 0]
    return amount


def nuclei(pixels: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Where the blue-violet stain is strong (H, W): the strongest of Otsu's three classes among the stained places.

    Nowhere where it is hardly stronger than usual, as in a field of red cells alone.
    """
    amount = azure(pixels, cells)
    if len(np.unique(amount[cells].round(3))) < 3:
        return np.zeros(cells.shape, dtype=bool)
    _, threshold = threshold_multiotsu(amount[cells][::3], classes=3)
    strong: np.ndarray = cells & (amount > threshold)
    weak = cells & ~strong
    if not strong.any() or amount[strong].mean() < CONTRAST * np.median(amount[weak]):
        return np.zeros(cells.shape, dtype=bool)
    return strong


def segmented(pixels: np.ndarray) -> Boxes:
    """Cells of a photo (H, W, 3) uint8 by stain and shape; boxes in its pixels."""
    cells = remove_small_objects(stained(pixels), max_size=30)
    if not cells.any():
        return NO_BOXES
    strong = nuclei(pixels, cells)
    seeds = _seeds(cells & ~ndimage.binary_dilation(strong, iterations=3))
    area = _usual_area(_parted(cells & ~strong, seeds))
    cores = _cores(strong, area)
    large = np.isin(cores, [core.label for core in regionprops(cores) if core.area >= WHITE_AREA * area])
    # Nuclei are seeds beside the red cells', so that each takes its own cytoplasm.
    whites = label(large)
    parts = _parted(cells | large, np.where(large, whites, np.where(seeds > 0, seeds + whites.max(), 0)))
    shapes = _shapes(parts, whites, area) + _platelets(cores, area)
    edges = np.array([box for box, _, _ in shapes], np.float32).reshape(-1, 4)
    scores = np.array([score for _, score, _ in shapes], np.float32)
    return Boxes(edges, scores, np.array([kind for _, _, kind in shapes], np.int64))


_Shape = tuple[tuple[float, float, float, float], float, int]


def _seeds(mask: np.ndarray) -> np.ndarray:
    """A number at the middle of each round part of a mask (H, W), 0 elsewhere."""
    depth = gaussian(ndimage.distance_transform_edt(mask), 2.0)
    # The usual depth and not the greatest, which in a crowded field is that of a clump.
    all_peaks = peak_local_max(depth, min_distance=5, labels=label(mask))
    usual = float(np.median(depth[tuple(all_peaks.T)])) if len(all_peaks) else 0.0
    least = max(3, round(0.7 * usual))
    peaks = peak_local_max(depth, min_distance=least, threshold_abs=0.4 * usual, labels=label(mask))
    seeds = np.zeros(mask.shape, np.int32)
    seeds[tuple(peaks.T)] = np.arange(1, len(peaks) + 1)
    return seeds


def _parted(mask: np.ndarray, seeds: np.ndarray) -> np.ndarray:
    """Touching shapes parted where they are narrow: numbers of the seeds (H, W), 0 for the ground."""
    depth = gaussian(ndimage.distance_transform_edt(mask), 2.0)
    numbers: np.ndarray = watershed(-depth, seeds, mask=mask)
    return numbers


def _usual_area(parts: np.ndarray) -> float:
    """Area of most red cells: the median of shapes that are no crumbs."""
    areas = np.array([part.area for part in regionprops(parts)], float)
    return float(np.median(areas[areas >= 0.25 * areas.max()])) if len(areas) else float(parts.size) / 20


def _cores(strong: np.ndarray, area: float) -> np.ndarray:
    """Numbers of what is blue-violet (H, W), lobes and granules of one cell concatenated, holes filled."""
    reach = max(1, round(0.12 * area**0.5))
    closed = ndimage.binary_closing(np.pad(strong, reach), iterations=reach)[reach:-reach, reach:-reach]
    opened = ndimage.binary_opening(ndimage.binary_fill_holes(closed), iterations=2)
    numbers: np.ndarray = label(opened)
    return numbers


def _shapes(parts: np.ndarray, whites: np.ndarray, area: float) -> list[_Shape]:
    """White cells, whose parts grew from nuclei, and red ones; the score is how full of its outline a shape is."""
    nucleus = {white.label: white.area for white in regionprops(whites)}
    shapes = []
    for part in regionprops(parts):
        size, full = part.area / area, float(np.clip(part.solidity, 0, 1))
        if part.label in nucleus:
            shapes.append((_box(part.bbox), full * min(1.0, nucleus[part.label] / area) ** 0.5, KINDS.index("white")))
        elif size >= SMALLEST_RED:
            shapes.append((_box(part.bbox), full * min(size, 1 / size) ** 0.5, KINDS.index("red")))
    return shapes


def _platelets(cores: np.ndarray, area: float) -> list[_Shape]:
    """Small blue-violet shapes."""
    low, high = (share * area for share in PLATELET_AREA)
    return [
        (_box(core.bbox), float(np.clip(core.solidity, 0, 1)), KINDS.index("platelet"))
        for core in regionprops(cores)
        if low <= core.area < high
    ]


def _box(bounds: tuple[int, int, int, int]) -> tuple[float, float, float, float]:
    top, left, bottom, right = bounds
    return float(left), float(top), float(right), float(bottom)
