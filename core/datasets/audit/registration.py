"""Whether two images show the same, pixel by pixel: one is laid on the other, and the fine detail compared.

Two cells of a kind are alike when survey coarsely. What they never share is the fine detail (grain of the chromatin,
edges of the red cells around), so both are reduced to it before they are compared.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from core.datasets.audit.matching import Proposal, position

SAME = 0.7
"""Correlation of the fine detail from which on two images show the same.

Of 260 copies of photographs (saved anew, turned, cropped, shifted) it was 0.78 and more; of 28,720 proposals among
PBC's 16,238 images, those that show the same had 0.88 and more, the next 0.61.
"""

LEAST = 0.12
"""Share of the smaller image that both have to show."""

REACH = 3.0
"""Pixels by which a place may miss where the others put it."""

FINE, COARSE = 1.0, 3.0
"""Standard deviations in working pixels of the two blurs between which the fine detail lies."""

STRONGEST = 6.0
"""Levels to which the fine detail is cut, or the outlines of two round cells would outweigh all else."""

TRIED = 24
"""Places in common that are tried two by two."""

_BLANK = 0.3
# Levels of fine detail below which there is nothing to compare.


@dataclass(frozen=True)
class Match:
    """Images a < b show the same.

    distance: 0 equal pixels, up to 1: one minus the correlation of the fine detail where they overlap. shared: the part
    of the smaller image that the other shows, 0 to 1. shift: how far the middle of the one's cell lies from that of the
    other's, as a share of the side of its frame. turned: whether one is turned or mirrored. zoom: enlargement from a to
    b.
    """

    a: int
    b: int
    distance: float
    shared: float
    shift: float
    turned: bool
    zoom: float


def detail(grey: np.ndarray) -> np.ndarray:
    """(h, w) float32: what lies between two blurs, in levels, cut to ±STRONGEST."""
    levels = grey.astype(np.float32)
    between = cv2.GaussianBlur(levels, (0, 0), FINE) - cv2.GaussianBlur(levels, (0, 0), COARSE)
    return np.asarray(np.clip(between, -STRONGEST, STRONGEST))


@dataclass(frozen=True, eq=False)
class Framed:
    """An image to be laid on others: grey (h, w) uint8; middle (x, y) and side of its cell's frame, in pixels."""

    grey: np.ndarray
    middle: tuple[float, float]
    side: float


def register(proposal: Proposal, first: Framed, second: Framed, *, same: bool = False) -> Match | None:
    """The match of a proposed pair, None where they do not show the same. same: pixels are known to be equal."""
    a, b = first.grey, second.grey
    if not a.size or not b.size:
        return None
    if same:
        straight = a.shape == b.shape and bool((a == b).all())
        return Match(proposal.first, proposal.second, 0.0, 1.0, 0.0, not straight, 1.0)
    best: Match | None = None
    for transform in _transforms(proposal, a, b):
        match = _match(proposal, first, second, transform)
        if match is not None and (best is None or match.distance < best.distance):
            best = match
    return best


def _transforms(proposal: Proposal, a: np.ndarray, b: np.ndarray) -> list[np.ndarray]:
    """Maps (2, 3) from places of a to places of b that the proposal suggests."""
    transforms = [by_places(np.array(places, np.float32)) for places in proposal.matches.values()]
    transforms += [by_symmetry(a.shape[:2], b.shape[:2], symmetry) for symmetry in dict.fromkeys(proposal.symmetries)]
    return [transform for transform in transforms if transform is not None]


def by_places(places: np.ndarray) -> np.ndarray | None:
    """The map (2, 3) by which most places (N, 4) x, y of a go to x', y' of b; None where no three agree.

    A similarity of either handedness, by the two places that win the most others.
    """
    # Keypoints at one place are one witness.
    _, first = np.unique(np.round(places[:, :2] / 3), axis=0, return_index=True)
    chosen = places[np.sort(first)][:TRIED]
    i, j = np.triu_indices(len(chosen), 1)
    best, most = None, 2
    for mirror in (1.0, -1.0):
        source = chosen[:, 0] + 1j * chosen[:, 1] * mirror
        target = chosen[:, 2] + 1j * chosen[:, 3]
        apart = np.abs(source[i] - source[j]) >= 8
        turn = (target[i] - target[j]) / np.where(apart, source[i] - source[j], 1)
        fits = apart & (np.abs(turn) > 0.6) & (np.abs(turn) < 1.7)
        laid = turn[:, None] * (source - source[i][:, None]) + target[i][:, None]
        near = (np.abs(laid - target) < REACH) & fits[:, None]
        if len(near) and near.sum(axis=1).max() > most:
            winner = int(near.sum(axis=1).argmax())
            best, most = chosen[near[winner]], int(near[winner].sum())
    return None if best is None else _fitted(best)


def _fitted(places: np.ndarray) -> np.ndarray:
    """The affine map of the least squares, or of the similarity where the places do not span a plane."""
    spread = np.linalg.svd(places[:, :2] - places[:, :2].mean(axis=0), compute_uv=False)
    if len(places) >= 5 and spread[1] > 15:
        system = np.column_stack([places[:, :2], np.ones(len(places))])
        return np.linalg.lstsq(system, places[:, 2:], rcond=None)[0].T.astype(np.float32)
    maps = [_similarity(places, mirror=mirror) for mirror in (False, True)]
    return min(maps, key=lambda transform: _residue(transform, places))


def _similarity(places: np.ndarray, *, mirror: bool) -> np.ndarray:
    source = places[:, 0] + 1j * (-places[:, 1] if mirror else places[:, 1])
    target = places[:, 2] + 1j * places[:, 3]
    centred = source - source.mean()
    turn = (np.conj(centred) @ (target - target.mean())) / max(float((np.abs(centred) ** 2).sum()), 1e-9)
    moved = target.mean() - turn * source.mean()
    c, s = turn.real, turn.imag
    sign = -1.0 if mirror else 1.0
    return np.array([[c, -s * sign, moved.real], [s, c * sign, moved.imag]], np.float32)


def _residue(transform: np.ndarray, places: np.ndarray) -> float:
    return float(np.abs(places[:, :2] @ transform[:, :2].T + transform[:, 2] - places[:, 2:]).sum())


def by_symmetry(size: tuple[int, ...], other: tuple[int, ...], symmetry: int) -> np.ndarray:
    """The map (2, 3) from a picture (h, w) to one (h', w') of which `position(_, symmetry)` is like it."""
    rows, columns = np.mgrid[0:2, 0:2].astype(float)
    corners = np.stack([columns, rows], axis=-1)  # x, y of the other's corners where they lie now
    moved = position(corners, symmetry).reshape(-1, 2) * [other[1] - 1, other[0] - 1]
    own = corners.reshape(-1, 2) * [size[1] - 1, size[0] - 1]
    system = np.column_stack([own, np.ones(4)])
    return np.linalg.lstsq(system, moved, rcond=None)[0].T.astype(np.float32)


def _match(proposal: Proposal, first: Framed, second: Framed, transform: np.ndarray) -> Match | None:
    fine_a, fine_b = detail(first.grey), detail(second.grey)
    zoom = float(np.sqrt(abs(np.linalg.det(transform[:, :2]))))
    if not 0.5 < zoom < 2:
        return None
    best, chosen, shared = -1.0, transform, 0.0
    for step in _steps(fine_a, fine_b, transform):
        correlation, covered = _correlation(fine_a, fine_b, step, zoom)
        if correlation > best:
            best, chosen, shared = correlation, step, covered
    if best < SAME or shared < LEAST:
        return None
    moved = chosen[:, :2] @ np.array(first.middle) + chosen[:, 2]
    off = np.hypot(*(moved - second.middle)) / max(second.side, 1.0)
    # Up to 10 degrees is how a copy is laid, not that somebody turned it.
    straight = chosen[0, 0] / zoom > 0.98 and chosen[1, 1] / zoom > 0.98
    distance = round(max(1 - best, 0.0), 4)
    return Match(proposal.first, proposal.second, distance, round(shared, 3), round(float(off), 3), not straight, zoom)


def _steps(fine_a: np.ndarray, fine_b: np.ndarray, transform: np.ndarray) -> list[np.ndarray]:
    """The map, and the map after the correlation of phases corrected its shift, twice."""
    steps = [transform]
    for _ in range(2):
        last = steps[-1]
        over = _warped(fine_b, last, fine_a.shape)
        window = _warped(np.ones_like(fine_b), last, fine_a.shape)
        (dx, dy), _ = cv2.phaseCorrelate(fine_a * window, over * window)
        if not np.hypot(dx, dy) < 6:
            break
        moved = last.copy()
        moved[:, 2] += last[:, :2] @ np.array([dx, dy], np.float32)
        steps.append(moved)
    return steps


def _correlation(fine_a: np.ndarray, fine_b: np.ndarray, transform: np.ndarray, zoom: float) -> tuple[float, float]:
    """Correlation of the fine detail where both are, and the share of the smaller that is there."""
    inside = _warped(np.ones_like(fine_b), transform, fine_a.shape) > 0.99
    covered = inside.sum() / min(fine_a.size, fine_b.size / zoom**2)
    if inside.sum() < 200:
        return -1.0, 0.0
    first, second = fine_a[inside], _warped(fine_b, transform, fine_a.shape)[inside]
    first, second = first - first.mean(), second - second.mean()
    lengths = float(np.linalg.norm(first) * np.linalg.norm(second))
    if lengths < _BLANK**2 * inside.sum():
        return -1.0, 0.0
    return float(first @ second) / lengths, float(min(covered, 1.0))


def _warped(image: np.ndarray, transform: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """b as it lies on a."""
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(image, transform, (shape[1], shape[0]), flags=flags))
