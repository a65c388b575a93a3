"""The pictures of a report: photos with boxes, and contact sheets."""

import io
from collections.abc import Iterator

import numpy as np
from PIL import Image

from core.differential import wording
from core.differential.smear import ERYTHROBLAST, CountedCell, CountedPhoto, Smear
from core.imaging.windows import Box
from core.labels import NO_CELL
from core.reports.blocks import ContactSheet, Mark, Outline, PhotoFigure, Tile
from core.wording import count_of, join_words, probability

MOST_FIGURES = 12
MOST_TILES = 60
"""So many of a class show what it looks like; a report of hundreds of pages is read by nobody."""

PREVIEW_SIDE = 1_400
"""Longest side in pixels of a photo in a report: enough for half a page of print."""

APART_COLOUR = "#444444"


def smaller(pixels: np.ndarray, side: int = PREVIEW_SIDE) -> np.ndarray:
    """A photo (H, W, 3) uint8 with its longest side at most `side`."""
    height, width = pixels.shape[:2]
    share = side / max(height, width)
    if share >= 1:
        return pixels
    size = max(1, round(width * share)), max(1, round(height * share))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS))


def jpeg(pixels: np.ndarray, quality: int = 88) -> bytes:
    """A picture (h, w, 3) uint8 as a JPEG file that holds nothing but the pixels."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality, subsampling=0)
    return file.getvalue()


def figures(smear: Smear, *, names: bool) -> tuple[list[PhotoFigure], int]:
    """Figures of the fields, those with cells in doubt first where not all are shown; and how many are left out."""
    fields = [photo for photo in smear.photos if photo.preview is not None and not photo.field.single_cell]
    doubts = {cell.photo for cell in smear.doubtful}
    chosen = sorted(fields, key=lambda photo: photo.number not in doubts)[:MOST_FIGURES]
    ordered = sorted(chosen, key=lambda photo: photo.number)
    shown = [_figure(smear, photo, number, names=names) for number, photo in enumerate(ordered, 1)]
    return shown, len(fields) - len(shown)


def _figure(smear: Smear, photo: CountedPhoto, number: int, *, names: bool) -> PhotoFigure:
    assert photo.preview is not None
    share = photo.preview.shape[1] / photo.field.width
    outlines = tuple(_outline(smear, cell, share) for cell in smear.of(photo.number) if cell.detection.kind != "red")
    return PhotoFigure(number, _caption(smear, photo, names=names), photo.preview, outlines)


def _outline(smear: Smear, cell: CountedCell, share: float) -> Outline:
    box = Box(*(edge * share for edge in cell.detection.box.as_tuple()))
    key = cell.type
    if key is None:
        return Outline(
            box,
            APART_COLOUR,
            "" if cell.detection.kind == "platelet" else "–",
            "changed" if cell.changed else "doubtful",
        )
    called = smear.vocabulary[key]
    text = called.abbreviation if cell.detection.kind == "white" or cell.changed else ""
    return Outline(box, called.colour, text, mark_of(cell))


def _caption(smear: Smear, photo: CountedPhoto, *, names: bool) -> str:
    cells = smear.of(photo.number)
    white = set(smear.differentiated) - {ERYTHROBLAST}
    kinds = {
        "white cell": sum(cell.counted_as in white for cell in cells),
        "nucleated red cell": sum(cell.counted_as == ERYTHROBLAST for cell in cells),
        "platelet": sum(cell.counted_as == "platelet" for cell in cells),
        "red cell": smear.corrected_field(photo).count("red"),
    }
    parts = [count_of(number, kind) for kind, number in kinds.items() if number]
    set_apart = sum(cell.detection.kind == "white" and cell.counted_as is None for cell in cells)
    parts += [f"{set_apart} set apart"] if set_apart else []
    title = f"Photo {photo.number}" + (f" ({photo.name})" if names else "")
    return f"{title}: {join_words(parts) if parts else 'no cells'}."


def mark_of(cell: CountedCell) -> Mark:
    """How a cell's frame is drawn."""
    if cell.changed:
        return "changed"
    return "doubtful" if cell.doubtful else ""


def sheet_keys(smear: Smear) -> list[str]:
    """Every class and type in the order of their sheets: those of the differential first, each with its parts."""
    parts = [one for one in smear.types if one.finer]
    classes = dict.fromkeys((*smear.differentiated, *smear.vocabulary.keys))
    within = {key: [key, *(one.key for one in parts if one.parent == key)] for key in classes}
    return list(dict.fromkeys(key for keys in within.values() for key in keys))


def sheets(smear: Smear) -> Iterator[ContactSheet]:
    """A contact sheet for each class that was met, the surest cells first; what is unlike comes last."""
    for key in sheet_keys(smear):
        counted = [cell for cell in smear.cells if cell.type == key]
        cells = [cell for cell in counted if cell.crop is not None]
        if cells:
            title = f"{wording.plural(smear.vocabulary, key)}, {len(counted):,}"
            yield _sheet(smear, title, smear.vocabulary[key].colour, cells)
    unlike = [cell for cell in smear.cells if cell.counted_as is None and not cell.repeats and cell.crop is not None]
    if unlike:
        yield _sheet(smear, f"Set apart, {len(unlike):,}", APART_COLOUR, unlike)


def _sheet(smear: Smear, title: str, colour: str, cells: list[CountedCell]) -> ContactSheet:
    ordered = sorted(cells, key=lambda cell: (-_probability(cell), cell.photo, cell.number))
    # What a person changed or nobody is sure of is shown in any case.
    first = [cell for cell in ordered if mark_of(cell)]
    chosen = (first + [cell for cell in ordered if not mark_of(cell)])[:MOST_TILES]
    shown = [cell for cell in ordered if cell in chosen]
    return ContactSheet(title, colour, tuple(_tile(smear, cell) for cell in shown), len(cells) - len(shown))


def _tile(smear: Smear, cell: CountedCell) -> Tile:
    assert cell.crop is not None
    if cell.changed:
        was = "–" if cell.label is None else smear.space[cell.label].abbreviation
        now = "–" if cell.named in (None, NO_CELL) else smear.vocabulary[str(cell.named)].abbreviation
        return Tile(cell.crop, cell.name, f"{was}→{now}", "changed")
    if cell.verdict == "unlike" and cell.corrected is None:
        return Tile(cell.crop, cell.name, "unlike", "doubtful")
    percent = probability(_probability(cell)) if cell.probabilities else ""
    return Tile(cell.crop, cell.name, percent, mark_of(cell))


def _probability(cell: CountedCell) -> float:
    """The model's probability of the class under which a cell counts."""
    key = cell.counted_as or cell.label
    return cell.probability_of(key) or 0.0
