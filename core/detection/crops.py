"""Photos of single white cells to be shown in scenes beside fields: of laboratories that have no marked fields.

Where a source marks no edges, the detector at hand tells them: nearly all cells in the middle of such a photo are found
by it, whatever it does in a field. One that it does not find is left out.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from core.datasets import Source, find_source
from core.datasets.boxes import MarkedField
from core.datasets.laboratories import LABORATORIES, learnable
from core.detection.detector import Detector
from core.detection.recipe import DetectorRecipe
from core.detection.scenes import LoadedField, background_of
from core.errors import SourceError
from core.imaging.fields import KINDS
from core.progress import Progress

WHITE, RED = KINDS.index("white"), KINDS.index("red")
NO_WHITE_CELLS = frozenset({"platelet"})
MIDDLE = 0.18
"""Share of a photo's side by which the middle of its cell may be off the photo's."""
FOUND, SURE = 0.35, 0.5
"""Score from which the cell in the middle is taken, and another white cell beside it."""
NEUTROPHIL = "neutrophil"


def cell_sources(recipe: DetectorRecipe) -> list[Source]:
    """Those of whose single cells the recipe shows any, laboratories that it leaves out excepted.

    SourceError where one is not at hand.
    """
    sources = [find_source(name) for name in recipe.cells_of] if recipe.crops else []
    return [source for source in sources if not set(source.spec.labs) & set(recipe.leave_out)]


def most_learned(recipe: DetectorRecipe, source: Source) -> int:
    """How many of a source's photos are learned from at most; classes with few show theirs several times."""
    cells = _white_cells(source)
    return int(cells["label"].value_counts().clip(upper=_each(recipe, cells)).sum())


def load_crops(
    recipe: DetectorRecipe,
    sources: Sequence[Source],
    fields: Sequence[MarkedField],
    teacher: Detector,
    progress: Progress,
) -> list[LoadedField]:
    """`cells_each` photos of every source's training images, evenly over its classes; only white cells are known.

    fields: those that tell how large red cells are: their laboratories', and how many of them a neutrophil is wide.
    SourceError where that cannot be told. teacher: finds cells whose edges the source does not mark.
    """
    ratio = neutrophils_over_red_cells(fields)
    crops: list[LoadedField] = []
    for done, source in enumerate(sources, start=1):
        crops += _of_source(recipe, source, fields, ratio, teacher)
        progress(done, len(sources))
    return crops


def neutrophils_over_red_cells(fields: Iterable[MarkedField]) -> float:
    """Median over fields of a typed neutrophil's width over that of the red cells beside it; NaN where none is."""
    ratios = [
        float(np.median(_widths(field.boxes[neutrophils])) / np.median(_widths(field.boxes[field.kinds == RED])))
        for field in fields
        for neutrophils in [np.array([one == NEUTROPHIL for one in field.types], dtype=bool)]
        if neutrophils.any() and (field.kinds == RED).sum() >= 3
    ]
    return float(np.median(ratios)) if ratios else float("nan")


def _of_source(
    recipe: DetectorRecipe, source: Source, fields: Sequence[MarkedField], ratio: float, teacher: Detector
) -> list[LoadedField]:
    cells = _white_cells(source)
    each = _each(recipe, cells)
    photos: list[tuple[str, np.ndarray, np.ndarray]] = []
    for label, rows in cells.groupby("label", sort=True):
        found = _marked(source, rows.sample(frac=1, random_state=recipe.seed), each, teacher)
        photos += [(str(label), *found[number % len(found)]) for number in range(each if found else 0)]
    diameter = _red_diameter(source, photos, fields, ratio)
    trusted = np.array([kind == "white" for kind in KINDS])
    return [
        LoadedField(pixels, boxes, np.full(len(boxes), WHITE), trusted, diameter, background_of(pixels))
        for _, pixels, boxes in photos
    ]


def _white_cells(source: Source) -> pd.DataFrame:
    """Rows of the training images to choose from."""
    index = learnable(source).index
    return index[(index["split"] == "train") & ~index["label"].isin(NO_WHITE_CELLS)]


def _each(recipe: DetectorRecipe, cells: pd.DataFrame) -> int:
    """Photos of each class."""
    return max(1, recipe.cells_each // max(1, cells["label"].nunique()))


def _marked(source: Source, rows: pd.DataFrame, most: int, teacher: Detector) -> list[tuple[np.ndarray, np.ndarray]]:
    """Pixels and boxes (N, 4) of up to so many photos; the first box is that of the cell in the middle."""
    laboratory = LABORATORIES[source.spec.name]
    found: list[tuple[np.ndarray, np.ndarray]] = []
    for key in rows["key"]:
        if len(found) == most:
            break
        pixels = source.load(key)
        own = laboratory.boxes(source, [key])
        boxes = np.array([own[key].as_tuple()], np.float32) if own else _found_by(teacher, pixels)
        if len(boxes):
            found.append((pixels, boxes))
    return found


def _found_by(teacher: Detector, pixels: np.ndarray) -> np.ndarray:
    """(N, 4): the cell in the middle, then every other that is sure; none where none lies in the middle."""
    height, width = pixels.shape[:2]
    boxes = teacher.boxes(pixels)
    white = boxes.take((boxes.kinds == WHITE) & (boxes.scores >= FOUND))
    off = np.abs((white.edges[:, :2] + white.edges[:, 2:]) / 2 - [width / 2, height / 2])
    central = np.flatnonzero((off < MIDDLE * np.array([width, height])).all(1))
    if not len(central):
        return np.zeros((0, 4), np.float32)
    cell = central[white.scores[central].argmax()]
    others = (white.scores >= SURE) & (np.arange(len(white.scores)) != cell)
    return np.concatenate([white.edges[[cell]], white.edges[others]]).astype(np.float32)


def _red_diameter(
    source: Source, photos: Sequence[tuple[str, np.ndarray, np.ndarray]], fields: Sequence[MarkedField], ratio: float
) -> float:
    """Of red cells in a source's photos, pixels: by how wide its neutrophils are."""
    widths = [float(_widths(boxes[:1])[0]) for label, _, boxes in photos if label == NEUTROPHIL]
    own = [_own_ratio(field) for field in fields if field.lab in source.spec.labs]
    known = [one for one in own if not np.isnan(one)]
    over_red = float(np.median(known)) if known else ratio
    if not widths or np.isnan(over_red):
        raise SourceError(f"How large red cells are in the photos of {source.spec.title} cannot be told.")
    return float(np.median(widths)) / over_red


def _own_ratio(field: MarkedField) -> float:
    """Width of a field's neutrophils over its red cells' where that was measured otherwise than by marks; else NaN."""
    neutrophils = np.array([one == NEUTROPHIL for one in field.types], dtype=bool)
    return (
        float(np.median(_widths(field.boxes[neutrophils]))) / field.red_diameter if neutrophils.any() else float("nan")
    )


def _widths(boxes: np.ndarray) -> np.ndarray:
    """(N,) half the sum of the sides of boxes (N, 4)."""
    widths: np.ndarray = (boxes[:, 2:] - boxes[:, :2]).mean(1)
    return widths
