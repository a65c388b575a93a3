"""A field of many cells: generated ones pasted with soft edges on a drawn ground of red cells."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.imaging.windows import WINDOW, Box, cut, whole
from core.inference.cell_maker import MadeCell
from core.synthetic.drawings import RED_CELL, DrawnCell, drawn_field
from core.synthetic.examples import FieldCell

HEIGHT, WIDTH = 480, 640
INNER, OUTER = 0.74, 1.0
"""Between these shares of half its window a pasted cell fades into the background."""

MICROMETRES = 0.1
"""A pixel of a photograph in whose window the generator's cells were learned."""


@dataclass(frozen=True)
class ComposedField:
    """pixels: (H, W, 3) uint8. cells: the generated ones first, then drawn platelets, then drawn red cells."""

    pixels: np.ndarray
    cells: tuple[FieldCell, ...]
    micrometres_per_pixel: float

    def truth(self) -> dict[str, Any]:
        return {
            "micrometres_per_pixel": self.micrometres_per_pixel,
            "cells": [cell.to_dict() for cell in self.cells],
        }


def composed(cells: Sequence[MadeCell], seed: int) -> ComposedField:
    """One field with each of the cells once; the same for the same cells and seed.

    ValueError where it has no room for so many.
    """
    ground = drawn_field(seed, (HEIGHT, WIDTH), cells=0)
    side = round(WINDOW * MICROMETRES / ground.micrometres_per_pixel)
    boxes = _places(len(cells), side, np.random.default_rng([seed, len(cells)]))
    pixels = ground.pixels.astype(np.float32)
    fade = _fade(side)
    for made, box in zip(cells, boxes, strict=True):
        crop = cut(made.pixels, whole(*made.pixels.shape[1::-1]), side).astype(np.float32)
        region = pixels[int(box.top) : int(box.bottom), int(box.left) : int(box.right)]
        shift = np.quantile(region, 0.9, axis=(0, 1)) - np.quantile(crop, 0.9, axis=(0, 1))
        region[:] = region * (1 - fade) + (crop + shift) * fade
    placed = [
        FieldCell(made.condition.cell, made.subtype, box, drawn=False) for made, box in zip(cells, boxes, strict=True)
    ]
    visible = [cell for cell in ground.cells if not any(_hidden(cell, box) for box in boxes)]
    placed += [
        FieldCell(cell.label, "", cell.box, drawn=True)
        for cell in sorted(visible, key=lambda cell: cell.label == RED_CELL)
    ]
    return ComposedField(pixels.clip(0, 255).astype(np.uint8), tuple(placed), ground.micrometres_per_pixel)


def _places(count: int, side: int, rng: np.random.Generator) -> list[Box]:
    """Windows in slots of a grid, shifted within them, so that none overlap."""
    columns, rows = WIDTH // side, HEIGHT // side
    if count > columns * rows:
        raise ValueError(f"a field has room for {columns * rows} cells, not for {count}")
    wide, high = WIDTH / columns, HEIGHT / rows
    windows = []
    for slot in rng.permutation(columns * rows)[:count]:
        left = int((slot % columns) * wide + rng.uniform(0, wide - side))
        top = int((slot // columns) * high + rng.uniform(0, high - side))
        windows.append(Box(left, top, left + side, top + side))
    return windows


def _fade(side: int) -> np.ndarray:
    """(side, side, 1): 1 in the middle, 0 from the circle outwards that just fits."""
    steps = (np.arange(side) + 0.5) / side * 2 - 1
    radius = np.hypot(steps[:, None], steps[None])
    share = np.clip((OUTER - radius) / (OUTER - INNER), 0, 1)
    fade: np.ndarray = (share * share * (3 - 2 * share))[..., None].astype(np.float32)
    return fade


def _hidden(cell: DrawnCell, box: Box) -> bool:
    """Whether a drawn cell's middle lies under a pasted one."""
    (x, y), (u, v) = cell.box.centre, box.centre
    return float(np.hypot(x - u, y - v)) < INNER * box.width / 2
