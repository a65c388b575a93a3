"""Which images may show the same: proposals, quick and generous, for `registration` to check."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations, pairwise

import numpy as np
from sklearn.cluster import MiniBatchKMeans

from core.datasets.audit.survey import THUMB, Survey
from core.progress import Progress, silent

ALIKE = 0.97
"""Correlation of two thumbnails from which on the images are compared."""

NEAR = 0.35
"""Distance of two keypoints' descriptors (unit length) up to which they may be one place."""

VOTES = 3
"""Places in common from which on two images are compared."""

MOST = 12
"""Proposals by keypoints that an image makes at most: its scene is found by chains of pairs."""

ALL = 20
"""Copies of one picture up to which every two of them are named."""

KEPT = 5
"""Nearest descriptors of other images that each descriptor is taken to match."""

SAMPLE, PROBES = 40_000, 2
BLOCK = 1024
SEED = 0


@dataclass(eq=False)
class Proposal:
    """Images first < second. matches: for a mirrored and an unmirrored second, places (x, y, x', y') in common.

    symmetries: the positions (0 to 7, see `position`) in which the second's thumbnail is like the first's.
    """

    first: int
    second: int
    matches: dict[bool, list[tuple[float, float, float, float]]] = field(default_factory=dict)
    symmetries: list[int] = field(default_factory=list)


def propose(survey: Survey, progress: Progress = silent) -> list[Proposal]:
    """All pairs worth a comparison, by the images' numbers."""
    proposals: dict[tuple[int, int], Proposal] = {}

    def at(a: int, b: int) -> Proposal:
        return proposals.setdefault((a, b), Proposal(a, b))

    for a, b in identical_pictures(survey):
        at(a, b)
    for a, b, symmetry in similar_thumbnails(survey.thumbs):
        at(a, b).symmetries.append(symmetry)
    for (a, b, mirrored), places in common_places(survey, progress).items():
        at(a, b).matches[mirrored] = places
    return [proposals[pair] for pair in sorted(proposals)]


def position(pixels: np.ndarray, symmetry: int) -> np.ndarray:
    """A picture (H, W, ...) in one of its eight positions: mirrored from 4 on, then so many quarter turns."""
    return np.rot90(pixels[:, ::-1] if symmetry >= 4 else pixels, symmetry % 4)


def identical_pictures(survey: Survey) -> Iterator[tuple[int, int]]:
    """Pairs of equal pixels in whatever position; of more than ALL copies, each with the one before it."""
    groups = survey.table[survey.opened].groupby("picture", sort=False).groups
    for members in groups.values():
        copies = sorted(int(number) for number in members)
        yield from combinations(copies, 2) if len(copies) <= ALL else pairwise(copies)


def similar_thumbnails(thumbs: np.ndarray) -> Iterator[tuple[int, int, int]]:
    """(first, second, symmetry) of thumbnails (N, 256) that correlate; the three nearest of each in each position."""
    squares = thumbs.reshape(-1, THUMB, THUMB)
    for symmetry in range(8):
        turned = np.stack([position(square, symmetry).ravel() for square in squares]) if len(squares) else thumbs
        for start in range(0, len(thumbs), BLOCK):
            correlation = thumbs[start : start + BLOCK] @ turned.T
            correlation[np.arange(len(correlation)), np.arange(start, start + len(correlation))] = -1
            rows, columns = np.nonzero(correlation > ALIKE)
            nearest_of: dict[int, list[tuple[float, int]]] = defaultdict(list)
            for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
                nearest_of[row].append((-float(correlation[row, column]), column))
            for row, nearest in nearest_of.items():
                for _, column in sorted(nearest)[:3]:
                    if start + row < column:
                        yield start + row, column, symmetry
                    else:
                        # The same turn seen from the other side; a mirrored position undoes itself.
                        yield column, start + row, symmetry if symmetry >= 4 else -symmetry % 4


def common_places(
    survey: Survey, progress: Progress = silent
) -> dict[tuple[int, int, bool], list[tuple[float, float, float, float]]]:
    """For (first, second, second is mirrored) the places in common, where there are `VOTES` or more.

    Descriptors are compared within the cells of a k-means vocabulary (Sivic & Zisserman, ICCV 2003), each query in
    its nearest cells; a mirrored picture's SIFT is a permutation of the picture's own.
    """
    neighbours = list(_neighbours(survey.descriptors, survey.owner, progress))
    if not neighbours:
        return {}
    here, there, mirrored = (np.concatenate(part) for part in zip(*neighbours, strict=True))
    swap = survey.owner[here] > survey.owner[there]
    here, there = np.where(swap, there, here), np.where(swap, here, there)
    images = len(survey.greys)
    pair = (survey.owner[here] * images + survey.owner[there]) * 2 + mirrored
    order = np.lexsort((there, here, pair))
    pair, here, there = pair[order], here[order], there[order]
    new = np.ones(len(pair), bool)
    new[1:] = (np.diff(pair) != 0) | (np.diff(here) != 0) | (np.diff(there) != 0)
    pair, here, there = pair[new], here[new], there[new]
    names, starts, votes = np.unique(pair, return_index=True, return_counts=True)
    enough = votes >= VOTES
    names, starts, votes = names[enough], starts[enough], votes[enough]
    points, places = survey.points, {}
    for place in _strongest(names // 2, votes, images):
        part = slice(starts[place], starts[place] + votes[place])
        both = np.hstack([points[here[part]], points[there[part]]])
        images_of, flipped = divmod(int(names[place]), 2)
        places[(*divmod(images_of, images), bool(flipped))] = [(x, y, u, v) for x, y, u, v in both.tolist()]
    return places


def _neighbours(
    descriptors: np.ndarray, owner: np.ndarray, progress: Progress
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """(place, place, mirrored), each (M,): of every descriptor the nearest ones of other images, up to NEAR."""
    if len(descriptors) < 2:
        return
    centres = _vocabulary(descriptors)
    home = _nearest(descriptors, centres, 1)[:, 0]
    order = np.argsort(home, kind="stable")
    starts = np.searchsorted(home[order], np.arange(len(centres) + 1))
    for mirrored in (False, True):
        turned = descriptors[:, mirror_order()] if mirrored else descriptors
        probes = _nearest(turned, centres, PROBES)
        queries = np.argsort(probes.ravel(), kind="stable")
        bounds = np.searchsorted(probes.ravel()[queries], np.arange(len(centres) + 1))
        for word in range(len(centres)):
            in_word = queries[bounds[word] : bounds[word + 1]] // probes.shape[1]
            members = order[starts[word] : starts[word + 1]]
            for start in range(0, len(in_word), BLOCK):
                part = in_word[start : start + BLOCK]
                here, there = _close(turned[part], descriptors[members], part, members, owner)
                yield here, there, np.full(len(here), mirrored)
            progress(mirrored * len(centres) + word + 1, 2 * len(centres))


def _close(
    query_descriptors: np.ndarray,
    member_descriptors: np.ndarray,
    queries: np.ndarray,
    members: np.ndarray,
    owner: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Of each query up to KEPT of the members, the nearest of other images."""
    cosine = query_descriptors @ member_descriptors.T
    rows, columns = np.nonzero(cosine >= 1 - NEAR**2 / 2)  # of unit vectors
    other = owner[queries[rows]] != owner[members[columns]]
    rows, columns = rows[other], columns[other]
    order = np.lexsort((-cosine[rows, columns], rows))
    rows, columns = rows[order], columns[order]
    rank = np.arange(len(rows)) - np.searchsorted(rows, rows, side="left")
    return queries[rows[rank < KEPT]], members[columns[rank < KEPT]]


def _vocabulary(descriptors: np.ndarray) -> np.ndarray:
    rng = np.random.default_rng(SEED)
    sample = descriptors[np.sort(rng.permutation(len(descriptors))[:SAMPLE])]
    words = int(np.clip(len(descriptors) // 300, 1, 1024))
    method = MiniBatchKMeans(words, random_state=SEED, n_init=1, batch_size=4096, max_iter=10)
    return np.asarray(method.fit(sample).cluster_centers_, np.float32)


def _nearest(descriptors: np.ndarray, centres: np.ndarray, number: int) -> np.ndarray:
    """(P, number) of the centres nearest to each descriptor."""
    number = min(number, len(centres))
    lengths = (centres**2).sum(axis=1)
    nearest = np.zeros((len(descriptors), number), np.int64)
    for start in range(0, len(descriptors), 8 * BLOCK):
        part = slice(start, start + 8 * BLOCK)
        far = lengths - 2 * descriptors[part] @ centres.T
        nearest[part] = far.argmin(axis=1)[:, None] if number == 1 else np.argpartition(far, number - 1)[:, :number]
    return nearest


def mirror_order() -> np.ndarray:
    """Where each of SIFT's 4 x 4 x 8 numbers is found in the descriptor of the mirrored picture.

    Lengthwise the same, across back to front (the frame turns with the keypoint), angles the other way round.
    """
    numbers = np.arange(128).reshape(4, 4, 8)
    return np.asarray(numbers[::-1][:, :, -np.arange(8) % 8].ravel())


def _strongest(pairs: np.ndarray, votes: np.ndarray, images: int) -> list[int]:
    """Places of the pairs that are, for one of their images at least, among the MOST with the most in common."""
    taken, strongest = np.zeros(images, np.int64), []
    for place in np.lexsort((pairs, -votes)).tolist():
        a, b = divmod(int(pairs[place]), images)
        if min(taken[a], taken[b]) < MOST:
            strongest.append(place)
            taken[a] += 1
            taken[b] += 1
    return sorted(strongest)
