"""Cells that two photos show, where photos overlap: linked by their places, and each counted once."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from core.differential.smear import CountedCell, PhotoOverlap, Smear
from core.evaluation.detection import overlaps
from core.imaging.fields import USUAL

SAME_PLACE = 0.4
"""Intersection over union, where both photos show it, from which on two boxes are of one cell."""


def counted_once(smear: Smear) -> Smear:
    """The smear with one cell of each that several photos show counted, the others naming it.

    That one is the one that a person named, else one that is whole, else that of the first photo.
    """
    cells = {(cell.photo, cell.number): replace(cell, repeats=None) for cell in smear.cells}
    for group in _groups(smear, cells):
        first = min(group, key=lambda place: _rank(cells[place]))
        for place in group:
            if place != first:
                cells[place] = replace(cells[place], repeats=first)
    return replace(smear, cells=tuple(cells.values()))


def _rank(cell: CountedCell) -> tuple[bool, bool, bool, int]:
    return cell.corrected is None, not cell.detection.whole, cell.detection.kind != "white", cell.photo


def _groups(smear: Smear, cells: dict[tuple[int, int], CountedCell]) -> Iterator[list[tuple[int, int]]]:
    """Places of the cells that are one, no two of them in one photo; the surest links first."""
    by_photo: dict[int, list[CountedCell]] = defaultdict(list)
    for cell in cells.values():
        by_photo[cell.photo].append(cell)
    links = sorted(
        (link for overlap in smear.overlaps for link in _links(smear, overlap, by_photo)), key=lambda link: -link[0]
    )
    group_of: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for _, one, other in links:
        left, right = group_of.get(one, [one]), group_of.get(other, [other])
        if left is right or {photo for photo, _ in left} & {photo for photo, _ in right}:
            continue
        merged = left + right
        group_of.update(dict.fromkeys(merged, merged))
    yield from {id(group): group for group in group_of.values()}.values()


Link = tuple[float, tuple[int, int], tuple[int, int]]


def _links(smear: Smear, overlap: PhotoOverlap, by_photo: Mapping[int, list[CountedCell]]) -> list[Link]:
    """How far the boxes of two photos agree, with the places of the two cells."""
    first, second = by_photo[overlap.first], by_photo[overlap.second]
    if not first or not second:
        return []
    own = np.array([_edges(cell, smear) for cell in first])
    laid = _laid(np.array([_edges(cell, smear) for cell in second]), overlap.back)
    field = smear.photos[overlap.second - 1].field
    frame = _bounds(overlap.back, field.width, field.height)
    field = smear.photos[overlap.first - 1].field
    common = np.array([max(frame[0], 0), max(frame[1], 0), min(frame[2], field.width), min(frame[3], field.height)])
    agreement = overlaps(_clipped(own, common), _clipped(laid, common))
    rows, columns = np.nonzero(agreement >= SAME_PLACE)
    return [
        (float(agreement[i, j]), (first[i].photo, first[i].number), (second[j].photo, second[j].number))
        for i, j in zip(rows.tolist(), columns.tolist(), strict=True)
    ]


def _edges(cell: CountedCell, smear: Smear) -> tuple[float, float, float, float]:
    """The cell's box; of a photo of a single cell, as large as cells are in the window that was read."""
    box = cell.detection.box
    if smear.photos[cell.photo - 1].field.single_cell and cell.window is not None and not cell.added:
        (x, y), half = cell.window.centre, cell.window.width / USUAL / 2
        return x - half, y - half, x + half, y + half
    return box.as_tuple()


def _laid(edges: np.ndarray, transform: np.ndarray) -> np.ndarray:
    """Boxes (N, 4) where a map (2, 3) lays them; cells are round, so that a turned box is as large as before."""
    centres = (edges[:, :2] + edges[:, 2:]) / 2 @ transform[:, :2].T + transform[:, 2]
    zoom = np.sqrt(abs(np.linalg.det(transform[:, :2])))
    sizes = (edges[:, 2:] - edges[:, :2]) * zoom
    if abs(transform[0, 1]) > abs(transform[0, 0]):
        sizes = sizes[:, ::-1]
    return np.hstack([centres - sizes / 2, centres + sizes / 2])


def _bounds(transform: np.ndarray, width: int, height: int) -> np.ndarray:
    """left, top, right and bottom of a frame where a map lays it."""
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]]) @ transform[:, :2].T + transform[:, 2]
    return np.concatenate([corners.min(axis=0), corners.max(axis=0)])


def _clipped(edges: np.ndarray, common: np.ndarray) -> np.ndarray:
    return np.hstack([np.maximum(edges[:, :2], common[:2]), np.minimum(edges[:, 2:], common[2:])])


def repeated(smear: Smear, *, white: bool) -> Sequence[CountedCell]:
    """The cells that another photo shows too and that count there; of white cells, or of all others."""
    return [cell for cell in smear.cells if cell.repeats and (cell.detection.kind == "white") == white]
