"""Whole drawings: one cell in its window, or a field of many, with the truth about what was drawn."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

from core.imaging.windows import Box
from core.synthetic.drawings.brush import Floats, patch_at
from core.synthetic.drawings.red import RED_CELL, RED_RADIUS, draw_red
from core.synthetic.drawings.stained import APPEARANCES, draw_stained

CELL_CLASSES = tuple(APPEARANCES)

WINDOW = 200.0  # a drawn cell's window, in units of 0.1 µm
FIELD_SCALE = 0.625  # pixels per unit in a field, unless many cells must find room
SLOT = 215.0  # units that the largest white cell needs to stand free
MARGIN = 125.0  # units drawn beyond the picture's edge, so that cells may be cut by it
PLASMA = np.array([252, 228, 203], np.float32)


@dataclass(frozen=True)
class DrawnCell:
    """What was drawn where. label: a key of the eight classes or "red cell"; box: tight, in the picture."""

    label: str
    box: Box


@dataclass(frozen=True)
class DrawnField:
    """A drawn field and its truth: white cells first, then platelets, then red cells.

    pixels: (height, width, 3) uint8 RGB. The box of a cell cut by the picture's edge holds what is visible.
    """

    pixels: NDArray[np.uint8]
    cells: tuple[DrawnCell, ...]
    micrometres_per_pixel: float


@dataclass(frozen=True)
class _Disc:
    """A cell to be drawn: its class, its middle from the picture's corner and its radius, in units."""

    label: str
    x: float
    y: float
    radius: float


def drawn_cell(label: str, seed: int, size: int = 200) -> NDArray[np.uint8]:
    """One drawn cell with red cells around it, in a window of 20 µm: (size, size, 3) uint8 RGB.

    label: one of CELL_CLASSES. A class and a seed give the same cell at every size and in every process.
    Raises ValueError where the label is not one of CELL_CLASSES, the size is below 8 or the seed is negative.
    """
    if label not in APPEARANCES:
        raise ValueError(f"There is no drawing of {label!r}; the classes are {', '.join(CELL_CLASSES)}.")
    if size < 8:
        raise ValueError(f"A drawn cell needs at least 8 pixels a side, not {size}.")
    rng = _generator(seed, 1 + CELL_CLASSES.index(label))
    x, y = WINDOW / 2 + rng.uniform(-4, 4, 2)
    centre = _Disc(label, float(x), float(y), float(rng.uniform(*APPEARANCES[label].radius)))
    reds = _scatter_red(rng, WINDOW, WINDOW, [centre], tries=60)
    pixels, _ = _draw([*reds, centre], (size, size), size / WINDOW, rng)
    return pixels


def drawn_field(seed: int, size: tuple[int, int] = (480, 640), cells: int = 4) -> DrawnField:
    """A drawn field: many red cells, a few platelets, and `cells` white cells that do not touch one another.

    size: (height, width) in pixels. 0.16 µm a pixel; less is magnified where many cells must find room.
    Raises ValueError where the picture is too small for that many cells, or the seed is negative.
    """
    height, width = size
    columns = _columns(height, width, cells)
    rows = -(-cells // columns)
    room = min(width / columns, height / max(rows, 1))
    scale = min(FIELD_SCALE, room / SLOT)
    if min(height, width) < 32 or scale < 0.1 or cells < 0:
        raise ValueError(f"A drawn field of {width} × {height} pixels has no room for {cells} white cells.")
    rng = _generator(seed, 0)
    wide, high = width / scale, height / scale
    white = _place_white(rng, wide, high, rows, columns, cells)
    platelets = _scatter_platelets(rng, wide, high, white)
    reds = _scatter_red(rng, wide, high, [*white, *platelets], tries=round(wide * high / 600))
    pixels, truth = _draw([*reds, *platelets, *white], size, scale, rng)
    ranked = sorted(truth, key=lambda cell: (cell.label == RED_CELL, cell.label == "platelet"))
    return DrawnField(pixels, tuple(ranked), 0.1 / scale)


def _generator(seed: int, stream: int) -> np.random.Generator:
    if seed < 0:
        raise ValueError(f"A drawing's seed is a whole number from 0, not {seed}.")
    return np.random.default_rng([seed, stream])


def _columns(height: int, width: int, cells: int) -> int:
    """How many columns give each white cell of a field the most room."""
    options = range(1, max(cells, 1) + 1)
    return max(options, key=lambda columns: min(width / columns, height / max(-(-cells // columns), 1)))


def _place_white(
    rng: np.random.Generator, wide: float, high: float, rows: int, columns: int, cells: int
) -> list[_Disc]:
    """White cells in random slots of a grid, shifted within them; every class comes before one comes again."""
    labels = rng.permutation([label for label in CELL_CLASSES if label != "platelet"])
    places = []
    for turn, slot in enumerate(rng.permutation(rows * columns)[:cells]):
        label = str(labels[turn % len(labels)])
        radius = float(rng.uniform(*APPEARANCES[label].radius))
        step_x, step_y = wide / columns, high / rows
        shift = rng.uniform(-1, 1, 2) * (np.array([step_x, step_y]) / 2 - 1.3 * radius)
        x, y = (slot % columns + 0.5) * step_x + shift[0], (slot // columns + 0.5) * step_y + shift[1]
        places.append(_Disc(label, float(x), float(y), radius))
    return places


def _scatter_platelets(rng: np.random.Generator, wide: float, high: float, taken: Sequence[_Disc]) -> list[_Disc]:
    """About one platelet for every 35 µm × 35 µm, clear of the white cells and of one another."""
    placed: list[_Disc] = []
    for _ in range(max(round(wide * high / 350**2), 1)):
        radius = float(rng.uniform(*APPEARANCES["platelet"].radius))
        x, y = rng.uniform(0, wide), rng.uniform(0, high)
        disc = _Disc("platelet", float(x), float(y), radius)
        if all(_gap(disc, other) > 0.25 * other.radius + 5 for other in [*taken, *placed]):
            placed.append(disc)
    return placed


def _scatter_red(rng: np.random.Generator, wide: float, high: float, taken: Sequence[_Disc], tries: int) -> list[_Disc]:
    """Red cells up to and over the edges, overlapping one another but not the cells already placed."""
    placed: list[_Disc] = []
    for _ in range(tries):
        x, y = rng.uniform(-RED_RADIUS, wide + RED_RADIUS), rng.uniform(-RED_RADIUS, high + RED_RADIUS)
        disc = _Disc(RED_CELL, float(x), float(y), float(RED_RADIUS * rng.normal(1, 0.06)))
        overlap = rng.uniform(-0.1, 0.4) * 2 * RED_RADIUS
        clear = all(_gap(disc, other) > 0.06 * other.radius for other in taken)
        if clear and all(_gap(disc, other) > -overlap for other in placed):
            placed.append(disc)
    return placed


def _gap(a: _Disc, b: _Disc) -> float:
    """Free units between two discs; negative where they overlap."""
    return math.hypot(a.x - b.x, a.y - b.y) - a.radius - b.radius


def _draw(
    discs: Sequence[_Disc], size: tuple[int, int], scale: float, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], list[DrawnCell]]:
    """Draw the cells in order and photograph them; the truth leaves out what lies beyond the picture."""
    height, width = size
    margin = int(np.ceil(MARGIN * scale)) + 4
    canvas = np.empty((height + 2 * margin, width + 2 * margin, 3), np.float32)
    canvas[:] = PLASMA * rng.normal(1, [0.005, 0.008, 0.013], 3).astype(np.float32)
    truth = []
    for disc in discs:
        patch, left, top = patch_at(disc.x, disc.y, min(2.8 * disc.radius, 2 * disc.radius + 44), scale)
        region = canvas[top + margin : top + margin + len(patch.x), left + margin : left + margin + len(patch.x)]
        if disc.label == RED_CELL:
            depth = draw_red(region, patch, disc.radius, rng)
        else:
            depth = draw_stained(region, patch, disc.label, disc.radius, rng)
        box = _tight_box(depth, left, top, width, height)
        if box:
            truth.append(DrawnCell(disc.label, box))
    return _photographed(canvas[margin:-margin, margin:-margin], scale, rng), truth


def _tight_box(depth: Floats, left: int, top: int, width: int, height: int) -> Box | None:
    """The box around what is inside an outline and inside the picture; None where nothing is."""
    rows, columns = np.nonzero(depth > 0)
    rows, columns = rows + top, columns + left
    visible = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    if not visible.any():
        return None
    rows, columns = rows[visible], columns[visible]
    return Box(float(columns.min()), float(rows.min()), float(columns.max() + 1), float(rows.max() + 1))


def _photographed(canvas: Floats, scale: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """What a camera makes of it: a little blur, uneven light and grain."""
    height, width = canvas.shape[:2]
    photo = gaussian_filter(canvas, (0.75 * scale, 0.75 * scale, 0))
    light = Image.fromarray(rng.normal(1, 0.006, (3, 3)).astype(np.float32))
    photo *= np.asarray(light.resize((width, height), Image.Resampling.BICUBIC))[..., None]
    photo += rng.standard_normal((height, width, 1), np.float32) * 1.4
    photo += rng.standard_normal((height, width, 3), np.float32) * 1.0
    pixels: NDArray[np.uint8] = np.clip(photo + 0.5, 0, 255).astype(np.uint8)
    return pixels
