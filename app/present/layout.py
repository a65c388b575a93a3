"""Where everything on a slide stands: one description for the screen, the PPTX and the PDF.

Lengths are points on a slide of WIDE by HIGH, from its top left corner. Text is measured before it is placed; what does
not fit is made smaller, and where that is not enough goes on to another slide of the same title.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from app.present import print_charts, typesetting
from app.present.content import FOOTER, CellPictures, Deck, Headline, Points, Slide, SlideTable, WholePhoto
from app.present.typesetting import LEADING, SAFETY, broken, largest
from app.shared import plots
from core.synthetic.generator.mark import MARK_KEY

WIDE, HIGH, EDGE = 960.0, 540.0, 48.0
"""A slide of 13.33 by 7.5 inches, and its margin."""

TOP, BOTTOM, FOOT = 30.0, 492.0, 508.0
"""Where the title begins, the body ends, and the line at the foot stands."""

TITLE_SIZES, LEAD_SIZES = (34.0, 31.0, 28.0, 25.0, 22.0, 18.0), (21.0, 19.0, 17.0, 15.0)
POINT_SIZES, TABLE_SIZES = (30.0, 28.0, 26.0, 24.0, 22.0, 20.0, 18.0, 16.0), (22.0, 20.0, 18.0, 16.0, 15.0, 14.0, 12.0)
CAPTION, FOOT_SIZE, LABEL = 14.0, 11.0, 14.0
FIGURE_SIZES, MEANING = (84.0, 72.0, 60.0, 52.0, 44.0, 36.0, 28.0), 24.0
TITLE_ROOM, LEAD_ROOM = 130.0, 82.0
ONE_LINE = (34.0, 31.0, 28.0, 26.0)
"""Sizes of a title that leaves the slide to pictures, if it fits one line."""
GAP, PADDING, BETWEEN = 16.0, 8.0, 0.55
"""Between parts; beside the text of a table's cell; between points, in letter sizes."""

Role = Literal["title", "lead", "points", "caption", "label", "figure", "meaning", "foot"]
Tone = Literal["ink", "accent", "quiet"]


@dataclass(frozen=True)
class Area:
    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class TextBlock:
    """Paragraphs that fit their area at that size. bullets: each is a point, its text indented by one letter size."""

    role: Role
    paragraphs: tuple[str, ...]
    area: Area
    size: float
    tone: Tone = "ink"
    bold: bool = False
    bullets: bool = False
    centred: bool = False

    @property
    def lines(self) -> list[list[str]]:
        """Each paragraph as it is broken."""
        room = self.area.width - self.size * self.bullets
        return [broken(paragraph, self.size, room, bold=self.bold) for paragraph in self.paragraphs]


@dataclass(frozen=True)
class PictureBlock:
    png: bytes
    alt: str
    area: Area


@dataclass(frozen=True)
class TableBlock:
    """rows: texts, the heads first. widths, heights: of columns and rows. figures: columns set flush right."""

    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]
    heights: tuple[float, ...]
    figures: tuple[bool, ...]
    size: float
    area: Area

    @property
    def whole_words(self) -> bool:
        """Whether no word is broken."""
        return all(
            typesetting.longest_word(text, self.size, bold=not place) <= SAFETY * (width - 2 * PADDING) + 0.01
            for place, row in enumerate(self.rows)
            for text, width in zip(row, self.widths, strict=True)
        )


Block = TextBlock | PictureBlock | TableBlock


@dataclass(frozen=True)
class LaidOut:
    """A slide as it is drawn. blocks: in the order in which they are read."""

    title: str
    blocks: tuple[Block, ...]
    notes: str


def lay_out(deck: Deck) -> list[LaidOut]:
    """Every slide of a deck, and those onto which what did not fit goes on."""
    pages = [page for slide in deck.slides for page in _pages(slide)]
    about = f"{deck.title} · {FOOTER.removesuffix('.')}"
    return [
        replace(page, blocks=(*page.blocks, _foot(f"{about} · {number} of {len(pages)}")))
        for number, page in enumerate(pages, 1)
    ]


def _foot(text: str) -> TextBlock:
    area = Area(EDGE, FOOT, 620, typesetting.height(1, FOOT_SIZE))
    return TextBlock("foot", (text,), area, FOOT_SIZE, "quiet")


def _pages(slide: Slide) -> Iterator[LaidOut]:
    head = [_title(slide)]
    if slide.lead:
        head.append(_text("lead", slide.lead, _below(head[-1]) + 8, LEAD_SIZES, LEAD_ROOM))
    bottom, tail = BOTTOM, []
    if slide.caption:
        lines = len(broken(slide.caption, CAPTION, WIDE - 2 * EDGE))
        bottom -= typesetting.height(lines, CAPTION)
        tail = [_text("caption", slide.caption, bottom, (CAPTION,), BOTTOM, "quiet")]
        bottom -= GAP / 2
    top = _below(head[-1]) + GAP
    area = Area(EDGE, top, WIDE - 2 * EDGE, bottom - top)
    bodies: list[list[Block]] = list(_bodies(slide, area)) or [[]]
    for body in bodies:
        yield LaidOut(slide.title, (*head, *body, *tail), slide.notes)


def _title(slide: Slide) -> TextBlock:
    if isinstance(slide.body, CellPictures | WholePhoto):
        for size in ONE_LINE:
            line = _text("title", slide.title, TOP, (size,), TITLE_ROOM)
            if line.area.height <= typesetting.height(1, size):
                return line
    return _text("title", slide.title, TOP, TITLE_SIZES, TITLE_ROOM)


def _below(block: Block) -> float:
    return block.area.top + block.area.height


def _text(role: Role, text: str, top: float, sizes: Sequence[float], most: float, tone: Tone = "ink") -> TextBlock:
    """A text over the whole width, as large as it may be."""
    bold, room = role == "title", WIDE - 2 * EDGE
    size = largest(text, sizes, room, most, bold=bold)
    high = typesetting.height(len(broken(text, size, room, bold=bold)), size)
    return TextBlock(role, (text,), Area(EDGE, top, room, high), size, "accent" if bold else tone, bold)


def _bodies(slide: Slide, area: Area) -> Iterator[list[Block]]:
    body = slide.body
    if isinstance(body, Points):
        yield from _points(body.sentences, area)
    elif isinstance(body, SlideTable):
        yield from _tables(body.table, area)
    elif isinstance(body, CellPictures):
        yield _cells(body, area)
    elif isinstance(body, WholePhoto):
        yield [_photo(body, area)]
    elif isinstance(body, plots.Intervals | plots.Matrices):
        yield [PictureBlock(print_charts.png(body, area.width / 72, area.height / 72), body.alt, area)]
    elif body is not None:
        yield _headlines(body, area)


def points_height(sentences: Sequence[str], size: float, room: float) -> float:
    """Points that sentences take below each other, with the space between them."""
    lines = sum(len(broken(sentence, size, room - size)) for sentence in sentences)
    return typesetting.height(lines, size) + BETWEEN * size * max(0, len(sentences) - 1)


def _points(sentences: Sequence[str], area: Area) -> Iterator[list[Block]]:
    """As large as all fit on one slide, else on as many as they take."""
    size = next(
        (size for size in POINT_SIZES if points_height(sentences, size, area.width) <= area.height), POINT_SIZES[-1]
    )
    first = 0
    while first < len(sentences):
        last = first + 1
        while last < len(sentences) and points_height(sentences[first : last + 1], size, area.width) <= area.height:
            last += 1
        part, fitting = tuple(sentences[first:last]), size
        while points_height(part, fitting, area.width) > area.height:
            fitting *= 0.9
        high = points_height(part, fitting, area.width)
        yield [TextBlock("points", part, replace(area, height=high), fitting, bullets=True)]
        first = last


def _tables(table: pd.DataFrame, area: Area) -> Iterator[list[Block]]:
    """As large as all rows fit on one slide; at the smallest size, on as many as they take."""
    head, rows = tuple(map(str, table.columns)), [tuple(map(str, row)) for row in table.to_numpy().tolist()]
    for size in TABLE_SIZES:
        block = _table([head, *rows], size, area)
        if block.whole_words and block.area.height <= area.height:
            yield [block]
            return
    size, first = TABLE_SIZES[-1], 0
    while first < len(rows):
        last = first + 1
        while last < len(rows) and _table([head, *rows[first : last + 1]], size, area).area.height <= area.height:
            last += 1
        yield [_table([head, *rows[first:last]], size, area)]
        first = last


def _table(rows: Sequence[tuple[str, ...]], size: float, area: Area) -> TableBlock:
    widths = typesetting.column_widths(list(zip(*rows, strict=True)), size, PADDING, area.width)
    heights = [
        max(
            typesetting.height(len(broken(text, size, width - 2 * PADDING, bold=not place)), size)
            for text, width in zip(row, widths, strict=True)
        )
        + 0.6 * size
        for place, row in enumerate(rows)
    ]
    figures = tuple(all(text[:1].isdigit() for text in column[1:] if text) for column in zip(*rows, strict=True))
    box = replace(area, height=sum(heights))
    return TableBlock(tuple(rows), tuple(widths), tuple(heights), figures, size, box)


def _cells(pictures: CellPictures, area: Area) -> list[Block]:
    """Each cell in a column of its own, the map below it, then its captions."""
    cells = pictures.cells
    column = area.width / len(cells)
    rows = 2 if any(cell.overlay is not None for cell in cells) else 1
    labels = [max(_label_lines(cell.captions, column - GAP)) for cell in cells]
    high = typesetting.height(max(labels), LABEL) + 6
    side = min(column - GAP, (area.height - high - (rows - 1) * 8) / rows)
    blocks: list[Block] = []
    for number, cell in enumerate(cells):
        left = area.left + number * column + (column - side) / 2
        for row, pixels in enumerate([cell.pixels, cell.overlay]):
            if pixels is not None:
                place = Area(left, area.top + row * (side + 8), side, side)
                blocks.append(PictureBlock(png(pixels, pictures.mark), cell.alt + ", with its map" * row, place))
        top = area.top + rows * side + (rows - 1) * 8 + 6
        place = Area(area.left + number * column + GAP / 2, top, column - GAP, high - 6)
        blocks.append(TextBlock("label", cell.captions, place, LABEL, centred=True))
    return blocks


def _label_lines(captions: Sequence[str], room: float) -> list[int]:
    return [sum(len(broken(caption, LABEL, room)) for caption in captions)]


def _photo(photo: WholePhoto, area: Area) -> PictureBlock:
    high, wide = photo.pixels.shape[:2]
    scale = min(area.width / wide, area.height / high)
    place = Area((WIDE - wide * scale) / 2, area.top, wide * scale, high * scale)
    return PictureBlock(png(photo.pixels, photo.mark), photo.alt, place)


def _headlines(headlines: Sequence[Headline], area: Area) -> list[Block]:
    """A column for each figure."""
    column = area.width / len(headlines)
    room = column - GAP
    size = min(largest(one.figure, FIGURE_SIZES, room, 1.3 * FIGURE_SIZES[0], bold=True) for one in headlines)
    blocks: list[Block] = []
    for number, one in enumerate(headlines):
        left = area.left + number * column
        lines = len(broken(one.figure, size, room, bold=True))
        place = Area(left, area.top + 16, room, typesetting.height(lines, size))
        blocks.append(TextBlock("figure", (one.figure,), place, size, "accent", bold=True))
        lines = len(broken(one.meaning, MEANING, room))
        below = Area(left, _below(blocks[-1]) + 10, room, typesetting.height(lines, MEANING))
        blocks.append(TextBlock("meaning", (one.meaning,), below, MEANING))
    return blocks


def png(pixels: np.ndarray, mark: str = "") -> bytes:
    """(h, w, 3) uint8 as a file. mark: what it says of itself."""
    notes = PngInfo()
    if mark:
        notes.add_text(MARK_KEY, mark)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", pnginfo=notes)
    return file.getvalue()


def baselines(block: TextBlock) -> Iterator[tuple[str, float, bool]]:
    """Each line with how far its letters' foot is from the slide's top, and whether it begins a paragraph."""
    top = block.area.top
    for lines in block.lines:
        for number, line in enumerate(lines):
            yield line, top + (LEADING / 2 + 0.36) * block.size, number == 0
            top += LEADING * block.size
        top += BETWEEN * block.size * block.bullets
