"""What sets a found cell apart: cut, touching, a smudge, debris; and whether a photo is one cell already."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PIL import Image
from skimage.color import rgb2hsv
from skimage.filters import sobel

from core.detection.scale import EDGE, diameter_of
from core.imaging.fields import Detection, Note
from core.imaging.lit import LitPart
from core.imaging.windows import BEYOND, WINDOW, Box, square

LOOK = 64
"""Side in pixels at which a cell is looked at, so that sharpness means the same at every scale."""
TOUCHING = 1.0
"""Cells whose centres are nearer than this times the sum of their radii touch; overlapping ones are nearer still."""
SMALLEST = {"white": 0.75, "platelet": 0.12}
"""Of a photo's red-cell diameter; what is smaller is no such cell. White cells are as wide as red ones or wider."""
SHARPEST_SMUDGE = 0.10
"""Mean slope at a nucleus's edge, over its contrast, under which it is a smudge: chosen on training fields so that
of their white cells, which are hardly ever smudges, at most one in a hundred is called one."""
SMUDGE_AREA = 0.45
"""Least share of a white cell's box that a smudged nucleus covers: it has spread."""
COLOURLESS = 0.12
"""Saturation under which something dark is dirt or pigment rather than stained."""
DARK = 0.45
"""Brightness under which something is dark."""

SEEN, WHOLE, AROUND = 0.5, 0.98, 1.5
"""Lit share of a box from which there is a cell at all, and from which all of it is seen; the side of what is looked at
around a cell, over the cell's."""

ALONE = 128
"""Pixels of a photo's longer side up to which it can only show one cell."""
SQUARE = 1.25
"""Photos of one cell are cut square, their sides no more unlike than this factor; cameras' pictures are not."""
VIEW, UNSCALED = 2.5, 512
"""The longer side of a photo of one cell: trained windows at most, which PBC's originals fill by 1.4 to 2.1, crops of
other laboratories by up to 2.2; pixels, where no red cells tell the scale."""
CENTRED, LARGE = 0.2, 0.3
"""Share of a side by which the cell that a photo is of may be off its middle; share of the shorter side that it fills
where the photo is large and nothing tells the scale."""

FEWEST_IMPLAUSIBLE, FEWEST_OUTNUMBERING = 6, 3
"""White cells in a photo from which their share is judged, and from which they may not outnumber the red ones: fewer
may lie together by chance."""
MOST_WHITE = 0.4
"""Share of white cells among all from which a photo is implausible. Blood with 200 white cells to the nanolitre, far
into leukaemia, has one to twenty red cells."""
TRULY_WHITE = (1.4, 3.0)
"""Median diameter of white cells, over that of the red cells around them, by which they are told from red cells taken
for them: a clump of blasts is no mistake."""


def with_notes(
    cells: Sequence[Detection], pixels: np.ndarray, red_diameter: float | None, lit: LitPart | None = None
) -> list[Detection]:
    """The cells of a photo (H, W, 3) uint8 with what sets them apart; red_diameter in its pixels or None.

    lit: the lit part of the photo, where not all of it is; cells outside of it are left out.
    """
    height, width = pixels.shape[:2]
    cells = [cell for cell in cells if lit is None or lit.share(cell.box) >= SEEN]
    detections = [replace(cell, cut=is_cut(cell.box, width, height) or _in_the_dark(cell, lit)) for cell in cells]
    touching = touches(detections)
    return [
        replace(cell, note=_note(cell, pixels, red_diameter, near=near))
        for cell, near in zip(detections, touching, strict=True)
    ]


def implausible_whites(cells: Sequence[Detection]) -> list[Detection]:
    """The cells; where white ones are implausibly many, as where red cells were taken for them, each is noted so."""
    white = [cell for cell in cells if cell.kind == "white" and cell.note != "debris"]
    whites, reds = len(white), sum(cell.kind == "red" for cell in cells)
    many = whites >= FEWEST_IMPLAUSIBLE and whites >= MOST_WHITE * (whites + reds)
    outnumbering = whites >= FEWEST_OUTNUMBERING and whites > reds
    if not (many or outnumbering) or _truly_white(white, diameter_of(cells)):
        return list(cells)
    return [
        replace(cell, note="implausible") if cell.kind == "white" and cell.note != "debris" else cell for cell in cells
    ]


def _truly_white(white: Sequence[Detection], red_diameter: float | None) -> bool:
    """Whether their size says that white cells are none of the red ones; False where too few red cells tell theirs."""
    if red_diameter is None:
        return False
    diameter = float(np.median([(cell.box.width + cell.box.height) / 2 for cell in white]))
    return TRULY_WHITE[0] <= diameter / red_diameter <= TRULY_WHITE[1]


def is_cut(box: Box, width: int, height: int) -> bool:
    return box.left <= EDGE or box.top <= EDGE or box.right >= width - EDGE or box.bottom >= height - EDGE


def _in_the_dark(cell: Detection, lit: LitPart | None) -> bool:
    """Whether the edge of the light cuts a cell, or most of one side of what is to be read around it is dark."""
    if lit is None:
        return False
    around = square(*cell.box.centre, AROUND * max(cell.box.width, cell.box.height))
    return lit.share(cell.box) < WHOLE or lit.share(around) < 1 - BEYOND


def touches(cells: Sequence[Detection]) -> list[bool]:
    """Whether each cell touches another of its kind, both taken for round."""
    centres = np.array([cell.box.centre for cell in cells], float).reshape(-1, 2)
    radii = np.array([(cell.box.width + cell.box.height) / 4 for cell in cells], float)
    kinds = np.array([cell.kind for cell in cells])
    near = np.linalg.norm(centres[:, None] - centres[None], axis=2) < TOUCHING * (radii[:, None] + radii[None])
    near &= kinds[:, None] == kinds[None]
    np.fill_diagonal(near, val=False)
    return [bool(touching) for touching in near.any(axis=1)] if len(cells) else []


def _note(cell: Detection, pixels: np.ndarray, red_diameter: float | None, *, near: bool) -> Note | None:
    if cell.kind != "red":
        picture = _picture(cell.box, pixels)
        if is_debris(cell, picture, red_diameter):
            return "debris"
        if cell.kind == "white" and not cell.cut and is_smudge(picture):
            return "smudge"
    return "touching" if near else None


def _picture(box: Box, pixels: np.ndarray) -> np.ndarray:
    """The box alone, (64, 64, 3) uint8."""
    left, top = int(max(0, box.left)), int(max(0, box.top))
    part = pixels[top : max(top + 1, int(np.ceil(box.bottom))), left : max(left + 1, int(np.ceil(box.right)))]
    return np.asarray(Image.fromarray(np.ascontiguousarray(part)).resize((LOOK, LOOK), Image.Resampling.BILINEAR))


def is_debris(cell: Detection, picture: np.ndarray, red_diameter: float | None) -> bool:
    """Too small for its kind, or dark without colour."""
    side = max(cell.box.width, cell.box.height)
    if red_diameter and not cell.cut and side < SMALLEST.get(cell.kind, 0.0) * red_diameter:
        return True
    hsv = rgb2hsv(picture)
    dark = hsv[..., 2] < DARK
    return bool(dark.mean() > 0.1 and hsv[..., 1][dark].mean() < COLOURLESS)


def is_smudge(picture: np.ndarray) -> bool:
    """Whether the nucleus in a white cell's picture (64, 64, 3) has spread and has no sharp edge."""
    sharp, area = sharpness(picture)
    return area > SMUDGE_AREA and sharp < SHARPEST_SMUDGE


def sharpness(picture: np.ndarray) -> tuple[float, float]:
    """Slope at the nucleus's edge over its contrast (higher is sharper), and its share of the picture.

    The nucleus is what is darker in green than midway between the darkest and the brightest parts.
    """
    green = picture[..., 1].astype(float)
    low, high = np.percentile(green, [5, 95])
    if high - low < 8:  # one colour all over: nothing can be said of an edge
        return 1.0, 0.0
    nucleus = green < (low + high) / 2
    slope = sobel(green) / (high - low)
    edge = nucleus & ~_eroded(nucleus)
    return float(slope[edge].mean()) if edge.any() else 0.0, float(nucleus.mean())


def _eroded(mask: np.ndarray) -> np.ndarray:
    inner = np.zeros_like(mask)
    inner[1:-1, 1:-1] = mask[1:-1, 1:-1] & mask[:-2, 1:-1] & mask[2:, 1:-1] & mask[1:-1, :-2] & mask[1:-1, 2:]
    return inner


def is_single(cells: Sequence[Detection], width: int, height: int, scale: float | None = None) -> bool:
    """Whether a photo is of one cell: square, no larger than the surroundings of a cell, and cut around one.

    What a detector misses or finds twice hardly matters, since crops of any laboratory are to stay what they are. Other
    white cells may lie beside the one in the middle; several of which none is in the middle make a field, and so do
    red cells alone.
    scale: PBC pixels per photo pixel, None where it is not known.
    """
    longer, shorter = max(width, height), min(width, height)
    if longer <= ALONE:
        return True
    if longer > SQUARE * shorter:
        return False
    whites = [cell for cell in cells if cell.kind == "white" and cell.note != "debris"]
    middle = [cell for cell in whites if in_the_middle(cell.box, width, height)]
    if scale is None and longer > UNSCALED:
        return any(max(cell.box.width, cell.box.height) >= LARGE * shorter for cell in middle)
    if scale is not None and longer * scale > VIEW * WINDOW:
        return False
    return bool(middle) or len(whites) == 1 or (not whites and not _red_cells_alone(cells, width, height, scale))


def _red_cells_alone(cells: Sequence[Detection], width: int, height: int, scale: float | None) -> bool:
    """Whether whole red cells tell the scale of a photo that has nothing else in its middle."""
    kinds = {cell.kind for cell in cells if in_the_middle(cell.box, width, height)}
    return scale is not None and kinds == {"red"}


def in_the_middle(box: Box, width: int, height: int) -> bool:
    """Whether a box may be that of the cell which a photo of that size is of."""
    x, y = box.centre
    return abs(x - width / 2) <= CENTRED * width and abs(y - height / 2) <= CENTRED * height
