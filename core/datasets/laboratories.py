"""Sources whose laboratories are independent of each other: what shows how a model reads cells made elsewhere."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from core.datasets.development import with_index
from core.datasets.registry import SOURCES, Source, refuse_measure_only
from core.imaging.windows import Box, square
from core.registry import Registry

HOME = "pbc"
"""The laboratory that models learned from first; with it the others are compared."""

MARGIN = 1.5
"""Side of a cell's frame over the longer side of its box: PBC's white cells fill 133 of 200 px."""


def framed_cell(cell: Box) -> Box:
    """The square around a marked cell, MARGIN times its longer side."""
    return square(*cell.centre, MARGIN * max(cell.width, cell.height))


def source_frames(source: Source, keys: Sequence[str]) -> dict[str, Box]:
    """The frames that the source gives already."""
    return {key: source.frame(key, *source.load(key).shape[1::-1]) for key in keys}


def all_images(source: Source) -> Source:
    """Every image: for sources whose images show one labelled white cell each."""
    return source


@dataclass(frozen=True)
class Laboratory:
    """name: of its source, which is registered in the same file. order: its place among laboratories.

    frames: by key, a square around each cell as its source marks it, MARGIN times its longer side.
    boxes: by key, the box of each cell as its source marks it; none where it marks no edges.
    single_cells: the images that show exactly one labelled white cell.
    doubted: keys of images whose label is so doubtful that nothing learns from it.
    """

    name: str
    order: int
    frames: Callable[[Source, Sequence[str]], dict[str, Box]] = source_frames
    boxes: Callable[[Source, Sequence[str]], dict[str, Box]] = lambda source, keys: {}
    single_cells: Callable[[Source], Source] = all_images
    doubted: Callable[[Source], frozenset[str]] = lambda source: frozenset()


def _problems(laboratory: Laboratory) -> Iterator[str]:
    if not laboratory.name:
        yield "It bears the name of its source."


LABORATORIES = Registry[Laboratory]("laboratory", "core.datasets.sources", _problems)


def other_laboratories(names: Iterable[str]) -> list[str]:
    """Names of the laboratories that are none of these."""
    known = set(names)
    return [name for name in LABORATORIES if name not in known]


def training_laboratories() -> list[str]:
    """Names of the laboratories that may be learned from."""
    return [name for name in LABORATORIES if not SOURCES[name].measure_only]


def doubted_labels(source: Source) -> frozenset[str]:
    """Keys of a source's images whose label is too doubtful to learn from or to choose by; none of most sources."""
    laboratory = LABORATORIES.get(source.spec.name)
    return laboratory.doubted(source) if laboratory else frozenset()


def learnable(source: Source) -> Source:
    """What of a source may be learned from: without the training and validation images whose label is doubted.

    SourceError where it may only be measured on.
    """
    refuse_measure_only([source.spec.name])
    doubted = doubted_labels(source)
    left_out = source.index["key"].isin(doubted) & (source.index["split"] != "test")
    if not left_out.any():
        return source
    return with_index(source, source.index[~left_out].reset_index(drop=True), source.split_note)


def single_cells(source: Source) -> Source:
    """The images that show exactly one labelled white cell; every image of a source that is no laboratory."""
    laboratory = LABORATORIES.get(source.spec.name)
    return laboratory.single_cells(source) if laboratory else source


def marked_frames(source: Source, keys: Sequence[str]) -> dict[str, Box]:
    """By key, a square around each cell as its source marks it."""
    laboratory = LABORATORIES.get(source.spec.name)
    return (laboratory.frames if laboratory else source_frames)(source, keys)
