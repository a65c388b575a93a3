"""The ways in which the cells of a laboratory can be framed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from core.datasets import Source
from core.datasets.laboratories import HOME, marked_frames
from core.datasets.registry import Row
from core.detection.frames import found_frames
from core.detection.localizer import Localizer
from core.imaging.windows import Box, largest_square
from core.progress import Progress

How = Literal["as read", "found", "boxes", "whole"]
"""as read: as a user's picture is read, by the localizer, of a field by the marked box; found: by the localizer alone,
of a field too; boxes: a square of MARGIN times the marked cell; whole: the whole picture, of a field its middle."""


def reframed(
    source: Source,
    how: How,
    localizer: Localizer,
    keys: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> Source:
    """The same source whose `frame` gives another window; only for `keys` where they are named."""
    wanted = source.keys() if keys is None else list(keys)
    if how == "boxes" or (how == "as read" and source.spec.fields):
        frames = marked_frames(source, wanted)
    elif how == "whole":
        frames = {key: _whole(source, key) for key in wanted}
    else:
        frames = found_frames(source, wanted, localizer, progress)
    return _with_frames(source, frames)


def _with_frames(source: Source, frames: Mapping[str, Box]) -> Source:
    table = source.index

    def frame(row: Row, width: int, height: int) -> Box:
        return frames[str(row["key"])]

    return Source(replace(source.spec, frame=frame, scan=lambda root: table), source.root)


def _whole(source: Source, key: str) -> Box:
    height, width = source.load(key).shape[:2]
    return source.frame(key, width, height) if source.spec.name == HOME else largest_square(width, height)
