"""Whether two photos show the same part of a smear, and how the one lies on the other.

Proposals are quick and generous: thumbnails that are alike in one of eight positions (copies), keypoints that agree on
one turn, enlargement and shift (Lowe 2004, section 7.3), and the shift at which the detail correlates most (neighbours
by the same camera). Each is then laid on the other and aligned (Evangelidis and Psarakis, IEEE TPAMI 2008;30:1858); it
counts only where the fine detail of all that both show correlates.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from scipy import fft

from core.imaging.tracing import Layer, Trace

SAME, SURER = 0.55, 14.0
"""Correlation of the detail from which on two photos show the same, and by how much more it has to be where they share
little: divided by the root of the pixels. docs/report.md has how they were measured."""
LEAST_SHARE, LEAST_PIXELS = 0.03, 3_000
"""Part of the smaller photo, and working pixels, that both have to show."""

ALIKE = 0.9
"""Correlation of two thumbnails from which on one may be a copy of the other."""
NEAR = 0.8
"""Cosine of two descriptors from which on they may be of one place."""
VOTES = 3
"""Places that have to agree on how one photo lies on the other."""
REACH, DRIFT = 3.0, 10.0
"""Working pixels by which a place may miss where the others put it, and by which the alignment may move a corner of
what both show."""
STRETCH = 1.08
"""By how much more one axis may be enlarged than the other."""
MOST_ZOOM = 5.0
"""Enlargement of one over the other up to which they are compared."""
HOPELESS = 0.2
"""Correlation before the alignment below which a proposal is chance."""
PEAKS, PROMISING = 8, 0.5
"""Shifts that are looked at, and the correlation at half the size from which on one is tried."""
BLOCKS, LEAST_BLOCKS = 4, 3
"""Parts across and down into which what both show is cut, and how many of them have to show something."""
BLOCK_SAME, MOST_OTHER = 0.35, 0.3
"""Correlation of a part, and the share of parts that may have less, such as where a mark was drawn."""
STRONG = 0.3
"""Squared grey levels a pixel from which on a part shows something."""


@dataclass(frozen=True, eq=False)
class Overlap:
    """How a second photo lies on a first. transform: (2, 3) from pixels of the first to those of the second.

    shared: the part of the smaller one that both show, 0 to 1. correlation: of the detail there. area: of what the
    second shows over that of what the first shows, in the same pixels. Flat places are left out of all of them.
    """

    transform: np.ndarray
    shared: float
    correlation: float
    area: float

    @property
    def zoom(self) -> float:
        """Pixels of the second for one of the first."""
        return float(np.sqrt(abs(np.linalg.det(self.transform[:, :2]))))

    @property
    def turned(self) -> bool:
        """Whether the second is turned by more than 20 degrees, or mirrored."""
        axes = self.transform[:, :2] / self.zoom
        return bool(axes[0, 0] < 0.94 or axes[1, 1] < 0.94)

    @property
    def inverse(self) -> "Overlap":
        """How the first lies on the second."""
        back = cv2.invertAffineTransform(self.transform)
        return Overlap(back, self.shared, self.correlation, 1 / self.area)


def overlap_of(first: Trace, second: Trace, *, shifts: bool = True) -> Overlap | None:
    """How the second photo lies on the first; None where they share nothing that could be found.

    shifts: whether to look for neighbours whose keypoints do not tell, which takes longer.
    """
    for transform in _proposals(first, second, shifts=shifts):
        found = _verified(first, second, transform)
        if found is not None:
            return found
    return None


def _proposals(first: Trace, second: Trace, *, shifts: bool) -> Iterator[np.ndarray]:
    """Maps (2, 3) from working pixels of the first to those of the second."""
    yield from _by_thumbnails(first, second)
    yield from _by_places(first, second)
    if shifts and first.scale == second.scale:
        yield from _by_shifts(first, second)


# --- Copies --------------------------------------------------------------------------------------


def _by_thumbnails(first: Trace, second: Trace) -> Iterator[np.ndarray]:
    (height, width), (rows, columns) = first.grey.shape, second.grey.shape
    for symmetry in range(8):
        upright = rows / columns if symmetry % 2 == 0 else columns / rows
        if abs(np.log(height / width / upright)) > 0.05:
            continue
        if float((first.thumb * position(second.thumb, symmetry)).sum()) > ALIKE:
            yield _of_symmetry(first.grey.shape, second.grey.shape, symmetry)


def position(pixels: np.ndarray, symmetry: int) -> np.ndarray:
    """A picture (h, w, ...) in one of its eight positions: mirrored from 4 on, then so many quarter turns."""
    return np.rot90(pixels[:, ::-1] if symmetry >= 4 else pixels, symmetry % 4)


def _of_symmetry(shape: tuple[int, ...], other: tuple[int, ...], symmetry: int) -> np.ndarray:
    """The map (2, 3) from a picture of that shape to one of the other of which `position(_, symmetry)` is like it."""
    rows, columns = np.mgrid[0:2, 0:2].astype(np.float32)
    corners = np.stack([columns * (other[1] - 1), rows * (other[0] - 1)], axis=-1)
    moved = position(corners, symmetry).reshape(-1, 2)
    own = np.stack([columns * (shape[1] - 1), rows * (shape[0] - 1)], axis=-1).reshape(-1, 2)
    return np.asarray(cv2.getAffineTransform(own[:3].astype(np.float32), moved[:3].astype(np.float32)), np.float32)


# --- Keypoints -----------------------------------------------------------------------------------


def _by_places(first: Trace, second: Trace) -> Iterator[np.ndarray]:
    """The similarity on which most keypoints agree, if enough do."""
    i, j = _mutual(first, second)
    agreeing = _agreeing(first, second, i, j)
    if agreeing.sum() < VOTES:
        return
    source, target = first.points[i], second.points[j]
    transform = _similarity(source[agreeing], target[agreeing])
    for _ in range(3):
        off = np.hypot(*(source @ transform[:, :2].T + transform[:, 2] - target).T)
        near = off < REACH
        if near.sum() < VOTES:
            return
        transform = _similarity(source[near], target[near])
    yield transform


def _mutual(first: Trace, second: Trace) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of keypoints that are each other's nearest."""
    if not len(first.points) or not len(second.points):
        return np.zeros(0, int), np.zeros(0, int)
    cosine = first.descriptors @ second.descriptors.T
    nearest = cosine.argmax(axis=1)
    own = np.arange(len(nearest))
    mutual = (cosine.argmax(axis=0)[nearest] == own) & (cosine[own, nearest] > NEAR)
    return own[mutual], nearest[mutual]


def _agreeing(first: Trace, second: Trace, i: np.ndarray, j: np.ndarray) -> np.ndarray:
    """(M,) bool: the matches that agree with the one on whose turn, enlargement and place most others do."""
    if not len(i):
        return np.zeros(0, bool)
    source, target = (points[:, 0] + 1j * points[:, 1] for points in (first.points[i], second.points[j]))
    turn, zoom = second.angles[j] - first.angles[i], second.sizes[j] - first.sizes[i]
    apart = source[None, :] - source[:, None]
    laid = target[:, None] + np.exp(zoom + 1j * turn)[:, None] * apart
    reach = 4 + 0.12 * np.abs(apart) * np.exp(zoom)[:, None]
    agree = np.abs(laid - target[None, :]) < reach
    agree &= np.cos(turn[None, :] - turn[:, None]) > 0.95
    agree &= np.abs(zoom[None, :] - zoom[:, None]) < 0.35
    agree &= (np.abs(zoom) < np.log(MOST_ZOOM))[:, None]
    witnesses = agree & (np.abs(apart) > 6)
    return np.asarray(agree[int(witnesses.sum(axis=1).argmax())])


def _similarity(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """(2, 3) of the least squares, from places (N, 2) to places (N, 2)."""
    here, there = source[:, 0] + 1j * source[:, 1], target[:, 0] + 1j * target[:, 1]
    centred = here - here.mean()
    turn = (np.conj(centred) @ (there - there.mean())) / max(float((np.abs(centred) ** 2).sum()), 1e-9)
    moved = there.mean() - turn * here.mean()
    return np.array([[turn.real, -turn.imag, moved.real], [turn.imag, turn.real, moved.imag]], np.float32)


# --- Shifts --------------------------------------------------------------------------------------


def _by_shifts(first: Trace, second: Trace) -> Iterator[np.ndarray]:
    """The shifts at which the detail of what both show correlates most for its size, by one Fourier transform."""
    a, b = first.half.shape, second.half.shape
    shape = fft.next_fast_len(a[0] + b[0], real=True), fft.next_fast_len(a[1] + b[1], real=True)
    sums = fft.irfft2(first.spectrum(shape) * np.conj(second.spectrum(shape)), s=shape)
    down, across = (
        np.where(np.arange(n) < n - m, np.arange(n), np.arange(n) - n) for n, m in zip(shape, b, strict=True)
    )
    high = np.clip(np.minimum(a[0] - down, b[0]) - np.maximum(-down, 0), 0, None)
    wide = np.clip(np.minimum(a[1] - across, b[1]) - np.maximum(-across, 0), 0, None)
    area = np.outer(high, wide).astype(np.float32)
    least = max(LEAST_PIXELS / 4, LEAST_SHARE * min(a[0] * a[1], b[0] * b[1]))
    strength = np.where(area >= least, sums / np.sqrt(np.maximum(area, 1)), -1)
    met: list[tuple[int, int]] = []
    for peak in np.argpartition(-strength.ravel(), PEAKS)[:PEAKS]:
        y, x = divmod(int(peak), shape[1])
        if any(abs(y - other) + abs(x - beside) < 4 for other, beside in met):
            continue
        met.append((y, x))
        if _shifted(first.half, second.half, int(down[y]), int(across[x])) > PROMISING:
            yield np.array([[1, 0, -2 * across[x]], [0, 1, -2 * down[y]]], np.float32)


def _shifted(a: np.ndarray, b: np.ndarray, down: int, across: int) -> float:
    """Correlation of what two pictures share where b lies that far down and across on a."""
    rows, columns = (
        slice(max(0, shift), min(whole, shift + part))
        for shift, whole, part in ((down, a.shape[0], b.shape[0]), (across, a.shape[1], b.shape[1]))
    )
    one = a[rows, columns]
    other = b[rows.start - down : rows.stop - down, columns.start - across : columns.stop - across]
    return float((one * other).sum()) / max(float(np.linalg.norm(one) * np.linalg.norm(other)), 1e-6)


# --- Verification --------------------------------------------------------------------------------


def _verified(first: Trace, second: Trace, transform: np.ndarray) -> Overlap | None:
    """The overlap by a proposed map of working pixels, None where the detail says otherwise."""
    zoom = float(np.sqrt(abs(np.linalg.det(transform[:, :2]))))
    if not 1 / MOST_ZOOM < zoom < MOST_ZOOM:
        return None
    if _at_half_the_size(first, second, transform) < HOPELESS:
        return None
    # Both as coarse as the coarser one is.
    small, large = (by if by < 0.9 else 1.0 for by in (zoom, 1 / zoom))
    a, b = (_layer(trace, by) for trace, by in ((first, small), (second, large)))
    scaled = _rescaled(transform, small, large)
    correlation, pixels = _correlation(a, b, scaled)
    if pixels < LEAST_PIXELS or correlation < HOPELESS:
        return None
    if correlation < 0.9:
        scaled, correlation, pixels = _aligned(a, b, scaled, (correlation, pixels))
    if pixels < LEAST_PIXELS or correlation < _least_correlation(pixels) or not _everywhere(a, b, scaled):
        return None
    working = _rescaled(scaled, 1 / small, 1 / large)
    transform = _rescaled(working, 1 / first.scale, 1 / second.scale)
    in_pixels = float(np.sqrt(abs(np.linalg.det(scaled[:, :2]))))
    smaller = min(int((a.valid > 0).sum()), int((b.valid > 0).sum()) / in_pixels**2)
    shared = min(pixels / max(smaller, 1.0), 1.0)
    if shared < LEAST_SHARE:
        return None
    per_pixel = abs(float(np.linalg.det(transform[:, :2])))
    return Overlap(transform, shared, correlation, second.content / per_pixel / max(first.content, 1.0))


def _least_correlation(pixels: int) -> float:
    """Fewer pixels correlate by chance."""
    return max(SAME, 0.5 + SURER / float(np.sqrt(pixels)))


def _at_half_the_size(first: Trace, second: Trace, transform: np.ndarray) -> float:
    """Correlation of the detail by a proposal, quickly: the most of them end here."""
    halved = _rescaled(
        transform, first.half.shape[1] / first.grey.shape[1], second.half.shape[1] / second.grey.shape[1]
    )
    flags, size = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, (first.half.shape[1], first.half.shape[0])
    over = cv2.warpAffine(second.half, halved, size, flags=flags)
    there = over != 0
    one = first.half[there]
    return float(one @ over[there]) / max(float(np.linalg.norm(one) * np.linalg.norm(over)), 1e-6)


def _everywhere(a: Layer, b: Layer, transform: np.ndarray) -> bool:
    """Whether the detail is the same in nearly all parts of what both show: the rims of two cells are soon alike."""
    over, inside = _laid(b, transform, a.detail.shape)
    inside &= a.valid > 0
    x, y, wide, high = cv2.boundingRect(inside.astype(np.uint8))
    products = [
        np.where(inside, each, 0) for each in (a.detail * over, a.detail**2, over**2, inside.astype(np.float32))
    ]
    rows, columns = (
        np.linspace(start, start + side, BLOCKS + 1).astype(int)[:-1] for start, side in ((y, high), (x, wide))
    )
    both, one, other, pixels = (
        np.add.reduceat(np.add.reduceat(part[: y + high, : x + wide], rows, axis=0), columns, axis=1)
        for part in products
    )
    strength = np.sqrt(one * other)
    detailed = strength > STRONG * pixels
    same = both[detailed] > BLOCK_SAME * strength[detailed]
    return bool(detailed.sum() >= LEAST_BLOCKS and same.mean() >= 1 - MOST_OTHER)


def _layer(trace: Trace, by: float) -> Layer:
    if by == 1:
        return trace.layer
    size = max(round(trace.grey.shape[1] * by), 8), max(round(trace.grey.shape[0] * by), 8)
    return Layer.of(np.asarray(cv2.resize(trace.grey, size, interpolation=cv2.INTER_AREA)))


def _rescaled(transform: np.ndarray, first: float, second: float) -> np.ndarray:
    """The same map between pictures of `first` and `second` times the size; the middle of a pixel stays it."""
    to_old, to_new = (np.array([[by, 0, (by - 1) / 2], [0, by, (by - 1) / 2], [0, 0, 1]]) for by in (1 / first, second))
    moved = to_new @ np.vstack([transform, [0, 0, 1]]) @ to_old
    return np.asarray(moved[:2], np.float32)


def _correlation(a: Layer, b: Layer, transform: np.ndarray) -> tuple[float, int]:
    """Correlation of the detail where both show something, and how many pixels that is."""
    over, inside = _laid(b, transform, a.detail.shape)
    inside &= a.valid > 0
    pixels = int(inside.sum())
    if pixels < LEAST_PIXELS:
        return -1.0, pixels
    one, other = a.detail[inside], over[inside]
    one, other = one - one.mean(), other - other.mean()
    lengths = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / max(lengths, 1e-6), pixels


def _laid(b: Layer, transform: np.ndarray, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """b as it lies on a, and where."""
    flags, size = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, (shape[1], shape[0])
    over = cv2.warpAffine(b.detail, transform, size, flags=flags)
    return np.asarray(over), np.asarray(cv2.warpAffine(b.valid, transform, size, flags=flags) > 250)


def _aligned(a: Layer, b: Layer, transform: np.ndarray, before: tuple[float, int]) -> tuple[np.ndarray, float, int]:
    """The map as the correlation of what both show is largest, with it and the pixels; as it was where that fails."""
    unchanged = transform, *before
    _, inside = _laid(b, transform, a.detail.shape)
    x, y, wide, high = cv2.boundingRect(inside.astype(np.uint8))
    if min(wide, high) < 12:
        return unchanged
    corner = transform.copy()
    corner[:, 2] += transform[:, :2] @ np.array([x, y], np.float32)
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 30, 1e-3)
    part = np.ascontiguousarray(a.detail[y : y + high, x : x + wide])
    try:
        _, moved = cv2.findTransformECC(part, b.detail, corner.copy(), cv2.MOTION_AFFINE, criteria, b.valid, 1)
    except cv2.error:  # it did not converge
        return unchanged
    corners = np.array([[0, 0], [wide, 0], [wide, high], [0, high]])
    drift = corners @ (moved - corner)[:, :2].T + (moved - corner)[:, 2]
    stretch = np.linalg.svd(moved[:, :2], compute_uv=False)
    if np.hypot(*drift.T).max() > DRIFT or stretch[0] > STRETCH * stretch[1]:
        return unchanged
    shift = moved[:, 2] - moved[:, :2] @ np.array([x, y])
    moved = np.column_stack([moved[:, :2], shift]).astype(np.float32)
    correlation, pixels = _correlation(a, b, moved)
    return (moved, correlation, pixels) if correlation > before[0] and pixels > before[1] / 2 else unchanged
