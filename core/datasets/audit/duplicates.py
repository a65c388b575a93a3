"""Images that show the same: exact copies, saved anew, turned, cropped, and crops of one field that overlap."""

from collections.abc import Iterable, Sequence

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from core.datasets.audit.matching import propose
from core.datasets.audit.registration import Framed, Match, register
from core.datasets.audit.survey import Survey
from core.progress import Progress, silent

SHARED = 0.25
"""Part of the smaller image that a duplicate shows at least; less is one scene, not one picture."""

SAME_CELL = 0.15
"""Shift up to which two images have one cell in the middle."""


def find_matches(survey: Survey, progress: Progress = silent) -> list[Match]:
    """Every pair found to show the same, the nearest first. progress is told of both stages, each half of 1,000."""
    proposals = propose(survey, lambda done, total: progress(500 * done // max(total, 1), 1000))
    framed = [_framed(survey, number) for number in range(len(survey.greys))]
    picture = survey.table["picture"].tolist()
    matches = []
    for done, pair in enumerate(proposals, start=1):
        same = picture[pair.first] == picture[pair.second] != ""
        match = register(pair, framed[pair.first], framed[pair.second], same=same)
        if match is not None:
            matches.append(match)
        progress(500 + 500 * done // len(proposals), 1000)
    return sorted(matches, key=lambda match: (match.distance, match.a, match.b))


def _framed(survey: Survey, number: int) -> Framed:
    grey = survey.greys[number]
    if not grey.size:
        return Framed(grey, (0.0, 0.0), 1.0)
    row = survey.table.iloc[number]
    width, height = int(row["width"]), int(row["height"])
    box = survey.source.frame(str(row["key"]), width, height)
    x, y = box.centre
    return Framed(
        grey,
        (x * grey.shape[1] / width - 0.5, y * grey.shape[0] / height - 0.5),
        max(box.width * grey.shape[1] / width, 1.0),
    )


def copy_kind(match: Match, survey: Survey) -> str:
    """What sort of copy it is, in a word or two."""
    first, second = survey.table["content"].iloc[match.a], survey.table["content"].iloc[match.b]
    if match.distance == 0 and not match.turned:
        return "same file" if first and first == second else "same pixels"
    if match.turned:
        return "turned"
    if match.shared < 0.97 or match.shift > 0.02:
        return "shifted" if match.shift > 0.02 else "cropped"
    return "saved anew"


def is_duplicate(match: Match) -> bool:
    return match.shared >= SHARED


def shows_one_cell(match: Match) -> bool:
    """Whether both images have the same cell in the middle, so that both should have one label."""
    return match.shift <= SAME_CELL and match.shared >= 0.3


def components(pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Sets of numbers that pairs connect, each rising, the largest first."""
    edges = np.array(list(pairs), int).reshape(-1, 2)
    if not len(edges):
        return []
    numbers, places = np.unique(edges, return_inverse=True)
    first, second = places.reshape(-1, 2).T
    graph = coo_array((np.ones(len(edges)), (first, second)), shape=(len(numbers), len(numbers)))
    count, component = connected_components(graph, directed=False)
    sets = [numbers[component == place].tolist() for place in range(count)]
    return sorted(sets, key=lambda members: (-len(members), members))


def scene_of(count: int, groups: Sequence[Sequence[int]]) -> np.ndarray:
    """(count,) the scene of each image: that of its group, or one of its own."""
    scenes = np.arange(count)
    for members in groups:
        scenes[list(members)] = members[0]
    return scenes
