"""The sources that stand for laboratories, and the ways in which their cells can be framed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd

from core.datasets import Source
from core.datasets.bccd import MARGIN, boxes
from core.datasets.development import with_index
from core.datasets.registry import Row, read_file
from core.detection.localizer import Localizer
from core.evaluation.domain_shift import HOME, LABS
from core.imaging.decoding import open_photo
from core.imaging.windows import Box, largest_square, square
from core.progress import Progress

How = Literal["as read", "found", "boxes", "whole"]
"""as read: as a user's picture is read, by the localizer, of a field by the marked box; found: by the localizer alone,
of a field too; boxes: a square of MARGIN times the marked cell; whole: the whole picture, of a field its middle."""

CHULA_FRAME = (1440, 900)
"""Width and height in pixels of Chula's video frames, of which its boxes are shares and its crops are cut unscaled."""

LOCALIZER_BATCH = 64


def usable(source: Source) -> Source:
    """The images that show exactly one labelled white cell: of BCCD's photos those with one marked white cell."""
    if source.spec.name != "bccd":
        return source
    single = [sum(name == "WBC" for name, _ in boxes(source.root, key.split("/")[-1])) == 1 for key in source.keys()]  # noqa: SIM118
    return with_index(source, source.index[single].reset_index(drop=True), source.split_note)


def others(names: Sequence[str]) -> list[str]:
    """Laboratories among LABS that are none of these."""
    return [name for name in LABS if name not in names]


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
        frames = _marked(source, wanted)
    elif how == "whole":
        frames = {key: _whole(source, key) for key in wanted}
    else:
        frames = _found(source, wanted, localizer, progress)
    return _with_frames(source, frames)


def _with_frames(source: Source, frames: Mapping[str, Box]) -> Source:
    table = source.index

    def frame(row: Row, width: int, height: int) -> Box:
        return frames[str(row["key"])]

    return Source(replace(source.spec, frame=frame, scan=lambda root: table), source.root)


def _found(source: Source, keys: Sequence[str], localizer: Localizer, progress: Progress | None) -> dict[str, Box]:
    frames: dict[str, Box] = {}
    for first in range(0, len(keys), LOCALIZER_BATCH):
        part = keys[first : first + LOCALIZER_BATCH]
        framings = localizer.frame([source.load(key) for key in part])
        frames |= {key: framing.box for key, framing in zip(part, framings, strict=True)}
        if progress:
            progress(len(frames), len(keys))
    return frames


def _whole(source: Source, key: str) -> Box:
    height, width = source.load(key).shape[:2]
    return source.frame(key, width, height) if source.spec.name == HOME else largest_square(width, height)


def _marked(source: Source, keys: Sequence[str]) -> dict[str, Box]:
    """A square around each cell as its source marks it, MARGIN times its longer side."""
    match source.spec.name:
        case "jtsc":
            return {key: _around_mask(source, key) for key in keys}
        case "chula":
            return _chula(source, keys)
    return {key: source.frame(key, *source.load(key).shape[1::-1]) for key in keys}


def _around_mask(source: Source, key: str) -> Box:
    """Of JTSC: nucleus and cytoplasm of the cell in the picture's mask."""
    mask = open_photo(read_file(source.root, key.replace("images/", "masks/")), key).pixels[..., 0] > 0
    down, across = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    cell = Box(across[0], down[0], across[-1] + 1, down[-1] + 1)
    return square(*cell.centre, MARGIN * max(cell.width, cell.height))


def _chula(source: Source, keys: Sequence[str]) -> dict[str, Box]:
    """Of Chula: its crops have the cell's box in their middle, whose size cells.csv tells."""
    cells = pd.read_csv(source.root / "cells.csv", dtype={"crop": str, "split": str})
    names = "crops/" + cells["split"] + "/" + cells["crop"]
    longer = np.maximum(cells["width"] * CHULA_FRAME[0], cells["height"] * CHULA_FRAME[1])
    sides = dict(zip(names, longer, strict=True))
    frames = {}
    for key in keys:
        height, width = source.load(key).shape[:2]
        frames[key] = square(width / 2, height / 2, MARGIN * float(sides[key]))
    return frames
