"""Photos of one smear that show the same: copies, which are left out, and neighbours, whose common cells count once."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from core.imaging.overlap import ALIKE, Overlap, overlap_of, position
from core.imaging.tracing import POINTS, Trace, trace_of

FIELDS_BACK, CELLS_BACK = 300, 50
"""Photos before it with which one of a field, and one of a single cell, is compared closely; copies are found among
all."""
NEIGHBOURS = 3
"""Fields before it that may be neighbours by so little that keypoints do not tell."""
CELL_POINTS = 150
"""Keypoints of a photo of a single cell."""
SAME_CELL = 0.94
"""Correlation of the detail from which on two photos of single cells show the same. The same photo changed, compressed
or resized keeps 0.96; cells that a generator drew from one noise reach 0.93, on one ground but of two classes."""

COPY = 0.97
"""Part of the smaller photo that the other shows, from which on it shows nothing of its own."""
LARGER, FINER = 1.3, 1.15
"""How much more of the smear, and how many more pixels of it, make one of two photos the better one."""


@dataclass
class OverlapFinder:
    """Compares photos as they come, every two of them once, beside whatever else is done meanwhile.

    Its photos are known by their fingerprints.
    """

    _worker: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "overlaps"))
    _waiting: list[Future[None]] = field(default_factory=list)
    _traces: dict[str, Trace] = field(default_factory=dict)
    _single: dict[str, bool] = field(default_factory=dict)
    _found: dict[tuple[str, str], Overlap] = field(default_factory=dict)

    def add(self, key: str, pixels: np.ndarray, *, single: bool) -> None:
        """Compare one more photo (H, W, 3) uint8 with those before. single: it shows one cell."""
        self._waiting.append(self._worker.submit(self._add, key, pixels, single=single))

    def _add(self, key: str, pixels: np.ndarray, *, single: bool) -> None:
        if key in self._traces:
            return
        trace = trace_of(pixels, CELL_POINTS if single else POINTS)
        before = list(self._traces.items())
        for place in self._worth_a_look(trace, len(before), single=single):
            other, earlier = before[place]
            shifts = len(before) - place <= NEIGHBOURS and not single and not self._single[other]
            found = overlap_of(earlier, trace, shifts=shifts)
            both_single = single and self._single[other]
            if found is not None and (found.correlation >= SAME_CELL or not both_single):
                self._found[other, key] = found
        for _, earlier in before[: 1 - NEIGHBOURS]:
            earlier.forget()
        self._traces[key], self._single[key] = trace, single

    def _worth_a_look(self, trace: Trace, before: int, *, single: bool) -> list[int]:
        """Numbers of the photos before with which this one is compared: those just before, and what may be copies."""
        recent = max(0, before - (CELLS_BACK if single else FIELDS_BACK))
        if not recent:
            return list(range(before))
        thumbs = np.stack([earlier.thumb.ravel() for earlier in self._traces.values()][:recent])
        turned = np.stack([position(trace.thumb, symmetry).ravel() for symmetry in range(8)])
        alike = np.flatnonzero((thumbs @ turned.T).max(axis=1) > ALIKE)
        return [*alike.tolist(), *range(recent, before)]

    def among(self, keys: Sequence[str]) -> Iterator[tuple[str, str, Overlap]]:
        """Every two of these photos that show the same place, the second as it lies on the first, in this order."""
        while self._waiting:
            self._waiting.pop(0).result()
        places = {key: place for place, key in enumerate(keys)}
        found = []
        for (one, other), overlap in self._found.items():
            if one in places and other in places:
                upright = places[one] < places[other]
                found.append((one, other, overlap) if upright else (other, one, overlap.inverse))
        yield from sorted(found, key=lambda both: (places[both[0]], places[both[1]]))


@dataclass(frozen=True)
class PhotoCopy:
    """A photo that shows nothing that another does not show. of: the key of that one."""

    of: str
    problem: str
    """What is wrong with it, with a place for the number of the other."""


def copies_among(overlaps: Sequence[tuple[str, str, Overlap]], white: Mapping[str, int]) -> dict[str, PhotoCopy]:
    """By its key, each photo that is left out as a copy. white: white cells found in each photo, whatever
    each is called.

    Of two, that one stays which shows more of the smear, else in more pixels, else with more white cells found, else
    the first.
    """
    left_out: dict[str, PhotoCopy] = {}
    for first, second, overlap in overlaps:
        if overlap.shared < COPY or first in left_out or second in left_out:
            continue
        if _is_better(overlap, white[first], white[second]):
            left_out[first] = PhotoCopy(second, _problem(overlap.inverse))
        else:
            left_out[second] = PhotoCopy(first, _problem(overlap))
    for key in left_out:
        of = left_out[key].of
        while of in left_out:
            of = left_out[of].of
        left_out[key] = PhotoCopy(of, left_out[key].problem)
    return left_out


def _is_better(overlap: Overlap, white_first: int, white_second: int) -> bool:
    """Whether the second photo is the one to keep."""
    if not 1 / LARGER < overlap.area < LARGER:
        return overlap.area > 1
    if not 1 / FINER < overlap.zoom < FINER:
        return overlap.zoom > 1
    return white_second > white_first


def _problem(overlap: Overlap) -> str:
    """Of the second photo, where the first stays."""
    how = ", turned or mirrored," if overlap.turned else ""
    if overlap.area < 1 / LARGER:
        return f"shows a part of photo {{}}{how} and is counted only once."
    size = "" if 0.97 < overlap.zoom < 1.03 else " in another size"
    return same_picture(f"{size}{how}")


def same_picture(how: str = "") -> str:
    """What is wrong with a copy, with a place for the number of the photo that counts. how: the copy differs."""
    return f"shows the same picture as photo {{}}{how} and is counted only once."
