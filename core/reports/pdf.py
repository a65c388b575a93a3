"""A report in print: A4 or Letter, its fonts inside, with running heads, numbered pages and bookmarks."""

import io
import re
from collections.abc import Iterator
from functools import partial
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4, LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    KeepTogether,
    ListFlowable,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
)

from core.differential.wording import INTENDED_USE_SHORT
from core.reports import blocks
from core.reports.fonts import BODY, HEAD, LABEL, STRONG, register
from core.reports.pdf_parts import (
    ACCENT,
    BAND,
    INK,
    LINE,
    QUIET,
    IntervalDrawing,
    PhotoDrawing,
    PictureRow,
    TileDrawing,
)
from core.wording import count_of

PAPERS: dict[str, tuple[float, float]] = {"A4": A4, "Letter": LETTER}

SIDE, TOP, FOOT = 21 * mm, 25 * mm, 22 * mm
GAP = 4 * mm


def as_pdf(report: blocks.Document, paper: str = "A4") -> bytes:
    """The whole file. paper: one of PAPERS."""
    register()
    file = io.BytesIO()
    document = BaseDocTemplate(
        file,
        pagesize=PAPERS[paper],
        title=f"{report.title} {report.identifier}",
        author="Smearlens",
        subject=INTENDED_USE_SHORT,
        lang="en-GB",
        leftMargin=SIDE,
        rightMargin=SIDE,
        topMargin=TOP,
        bottomMargin=FOOT,
        initialFontName=BODY,
    )
    body = Frame(SIDE, FOOT, document.width, document.height, 0, 0, 0, 0)
    document.addPageTemplates(PageTemplate("page", [body]))
    document.build(list(_Story(report, document.width)), canvasmaker=partial(_Numbered, report=report))
    return file.getvalue()


class _Numbered(Canvas):
    """Writes head and foot when the number of pages is known."""

    def __init__(self, *arguments: Any, report: blocks.Document, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._report = report
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:
        """Kept until all are there."""
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """All pages with their heads and feet."""
        for number, page in enumerate(self._pages, 1):
            self.__dict__.update(page)
            self._around(number, len(self._pages))
            super().showPage()
        super().save()

    def _around(self, number: int, of: int) -> None:
        wide, high = self._pagesize
        self.setStrokeColor(LINE)
        self.setLineWidth(0.4)
        if number > 1:
            self.line(SIDE, high - 17 * mm, wide - SIDE, high - 17 * mm)
            self.setFont(LABEL, 7)
            self.setFillColor(QUIET)
            self.drawString(SIDE, high - 15 * mm, f"Smearlens · {self._report.title}")
            self.drawRightString(wide - SIDE, high - 15 * mm, self._report.identifier)
        self.line(SIDE, 16 * mm, wide - SIDE, 16 * mm)
        self.setFont(LABEL, 7)
        self.setFillColor(QUIET)
        self.drawString(SIDE, 12 * mm, INTENDED_USE_SHORT)
        self.drawRightString(wide - SIDE, 12 * mm, f"Page {number} of {of}")


class _Heading(Paragraph):
    """A heading that also stands among the bookmarks."""

    def draw(self) -> None:
        """The text, and the bookmark."""
        key = f"part-{self.canv.getPageNumber()}-{self.text}"
        self.canv.bookmarkPage(key)
        self.canv.addOutlineEntry(self.text, key)
        super().draw()


def _style(
    name: str, font: str, size: float, leading: float, colour: colors.Color = INK, **more: Any
) -> ParagraphStyle:
    return ParagraphStyle(
        name, fontName=font, bulletFontName=font, fontSize=size, leading=leading, textColor=colour, **more
    )


TITLE = _style("title", HEAD, 19, 23, ACCENT)
SUBTITLE = _style("subtitle", BODY, 12.5, 16, QUIET, spaceAfter=9)
HEADING = _style("heading", HEAD, 10.5, 14, ACCENT, spaceBefore=13, spaceAfter=4)
SHEET = _style("sheet", HEAD, 8, 11, INK, spaceBefore=6, spaceAfter=3)
TEXT = _style("text", BODY, 10.4, 13.6, spaceAfter=5, splitLongWords=1)
POINT = _style("point", BODY, 10.4, 13.4)
NOTE = _style("note", STRONG, 10.4, 13.4, ACCENT)
CAPTION = _style("caption", BODY, 9.2, 11.6, QUIET, spaceAfter=4)
NAME = _style("name", BODY, 9.2, 11.6, QUIET)
CELL = _style("cell", BODY, 9.8, 11.8)
NUMBER = _style("number", BODY, 9.8, 11.8, alignment=TA_RIGHT)
TOTAL = _style("total", STRONG, 9.8, 11.8)
TOTAL_NUMBER = _style("total number", STRONG, 9.8, 11.8, alignment=TA_RIGHT)
HEAD_CELL = _style("head cell", LABEL, 6.8, 9, QUIET)
HEAD_NUMBER = _style("head number", LABEL, 6.8, 9, QUIET, alignment=TA_RIGHT)
MONO = _style("mono", LABEL, 6.6, 9.4)


class _Story:
    """The flowables of a report, in order; counts its tables on the way."""

    def __init__(self, report: blocks.Document, width: float) -> None:
        self.report, self.width, self.tables = report, width, 0

    def __iter__(self) -> Iterator[Flowable]:
        yield Paragraph(set_text(self.report.title), TITLE)
        yield Paragraph(set_text(self.report.subtitle), SUBTITLE)
        for section in self.report.sections:
            # A heading is never the last on a page: it stays with what follows it.
            waiting: list[Flowable] = [_Heading(set_text(section.title), HEADING)] if section.title else []
            for place, block in enumerate(section.blocks):
                for group in self._groups(block):
                    waiting += group
                    if place == 0 and section.title and _introduces(block, section.blocks):
                        continue
                    yield KeepTogether(waiting) if len(waiting) > 1 else waiting[0]
                    waiting = []

    def _groups(self, block: blocks.Block) -> Iterator[list[Flowable]]:
        """What a block is drawn as; a group is not torn apart by the end of a page."""
        match block:
            case blocks.Text(text):
                yield [Paragraph(set_text(text), TEXT)]
            case blocks.BulletList(items):
                yield [_points(items), Spacer(0, 5)]
            case blocks.Notice(text):
                yield [_notice(text, self.width), Spacer(0, 8)]
            case blocks.FactList(pairs):
                yield [_facts(pairs, self.width)]
            case blocks.Table():
                self.tables += 1
                caption = Paragraph(_numbered(f"Table {self.tables}.", block.caption), CAPTION)
                yield [caption, _table(block, self.width), Spacer(0, 8)]
            case blocks.FigureGroup(figures):
                yield from _figures(figures, self.width)
            case blocks.ContactSheet():
                yield from _sheet(block, self.width)
            case blocks.CloseUps(cells):
                yield from ([_close_up(cell, self.width)] for cell in cells)


def _introduces(block: blocks.Block, among: tuple[blocks.Block, ...]) -> bool:
    """Whether it is a sentence on pictures that follow, and stays with the first of them."""
    pictures = (blocks.FigureGroup, blocks.ContactSheet, blocks.CloseUps)
    return isinstance(block, blocks.Text) and len(among) > 1 and isinstance(among[1], pictures)


_RAISED = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_PLAIN = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


def set_text(text: str) -> str:
    """Text as ReportLab's markup: raised figures, which the font lacks, and curved apostrophes."""
    curved = re.sub(r"(?<=\w)'", "’", text)
    return _RAISED.sub(lambda match: f"<super rise='3' size='7'>{match[0].translate(_PLAIN)}</super>", escape(curved))


def _numbered(label: str, caption: str) -> str:
    return f"<font name='{STRONG}'>{label}</font> {set_text(caption)}"


def _points(items: tuple[str, ...]) -> Flowable:
    rows = [Paragraph(set_text(item), POINT) for item in items]
    return ListFlowable(
        rows, bulletType="bullet", start="•", bulletFontName=BODY, bulletFontSize=10, bulletColor=ACCENT, leftIndent=11
    )


def _notice(text: str, width: float) -> Flowable:
    drawn = Table([[Paragraph(set_text(text), NOTE)]], colWidths=[width])
    drawn.setStyle(
        [
            *_plain(),
            ("BACKGROUND", (0, 0), (-1, -1), colors.HexColor("#eef4f4")),
            ("LINEBEFORE", (0, 0), (0, -1), 2.4, ACCENT),
            ("LEFTPADDING", (0, 0), (-1, -1), 9),
            ("TOPPADDING", (0, 0), (-1, -1), 5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 7),
        ]
    )
    return drawn


def _facts(pairs: tuple[tuple[str, str], ...], width: float) -> Flowable:
    cells = [(Paragraph(set_text(name), NAME), Paragraph(set_text(value), CELL)) for name, value in pairs]
    half = (len(cells) + 1) // 2
    right = [*cells[half:], *[("", "")] * (2 * half - len(cells))]
    rows = [[*left, *other] for left, other in zip(cells[:half], right, strict=True)]
    drawn = Table(rows, colWidths=[width * share for share in (0.16, 0.34, 0.21, 0.29)])
    drawn.setStyle(
        [
            *_plain(),
            ("LINEBELOW", (0, 0), (1, -1), 0.3, BAND),
            ("LINEBELOW", (2, 0), (3, -1), 0.3, BAND),
        ]
    )
    return drawn


def _plain() -> list[tuple[Any, ...]]:
    return [
        # Also of empty cells: ReportLab's own font would not be in the file.
        ("FONTNAME", (0, 0), (-1, -1), BODY),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 6),
        ("TOPPADDING", (0, 0), (-1, -1), 1.6),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.6),
    ]


def _table(block: blocks.Table, width: float) -> Flowable:
    widths = [width * share for share in block.widths]
    head = [
        Paragraph(set_text(name), HEAD_NUMBER if place in block.numbers else HEAD_CELL)
        for place, name in enumerate(block.columns)
    ]
    rows: list[list[Flowable]] = [head]
    for number, row in enumerate(block.rows, 1):
        total = block.last_is_sum and number == len(block.rows)
        rows.append(
            [_cell(value, widths[place], number=place in block.numbers, total=total) for place, value in enumerate(row)]
        )
    drawn = Table(rows, colWidths=widths, repeatRows=1)
    style = [
        *_plain(),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("LINEABOVE", (0, 0), (-1, 0), 0.9, INK),
        ("LINEBELOW", (0, 0), (-1, 0), 0.45, INK),
        ("LINEBELOW", (0, -1), (-1, -1), 0.9, INK),
        *((("LINEABOVE", (0, -1), (-1, -1), 0.45, INK),) if block.last_is_sum else ()),
    ]
    drawn.setStyle(style)
    return drawn


def _cell(value: str | blocks.IntervalLine, width: float, *, number: bool, total: bool) -> Flowable:
    if isinstance(value, blocks.IntervalLine):
        return IntervalDrawing(value, width - 10)
    if len(value) == 64 and " " not in value:  # a sha256, which would else break anywhere
        return Paragraph(f"{value[:32]}<br/>{value[32:]}", MONO)
    style = (TOTAL_NUMBER if number else TOTAL) if total else (NUMBER if number else CELL)
    return Paragraph(set_text(value), style)


def _figures(figures: tuple[blocks.PhotoFigure, ...], width: float) -> Iterator[list[Flowable]]:
    columns = 1 if len(figures) == 1 else 2
    each = (width - GAP) / 2 if columns == 2 else 0.72 * width
    for first in range(0, len(figures), columns):
        row: list[Any] = [_figure(figure, each) for figure in figures[first : first + columns]]
        row += [""] * (columns - len(row))
        drawn = Table([row], colWidths=[each + GAP, each][:columns] if columns == 2 else [width])
        drawn.setStyle([*_plain(), ("RIGHTPADDING", (0, 0), (-1, -1), 0), ("RIGHTPADDING", (0, 0), (-2, -1), GAP)])
        yield [drawn]


def _figure(figure: blocks.PhotoFigure, width: float) -> list[Flowable]:
    caption = Paragraph(_numbered(f"Figure {figure.number}.", figure.caption), CAPTION)
    return [PhotoDrawing(figure.pixels, figure.outlines, width, 118 * mm), Spacer(0, 3), caption]


def _sheet(sheet: blocks.ContactSheet, width: float) -> Iterator[list[Flowable]]:
    columns = int((width + 2 * mm) // (TileDrawing.SIDE + 2 * mm))
    cells: list[Any] = [TileDrawing(tile, sheet.colour) for tile in sheet.tiles]
    cells += [""] * (-len(cells) % columns)
    rows = [cells[first : first + columns] for first in range(0, len(cells), columns)]
    left = f"; {count_of(sheet.more, 'more is', 'more are')} not shown" if sheet.more else ""
    title = Paragraph(f"<font color='{sheet.colour}'>■</font> {set_text(sheet.title + left)}", SHEET)
    # A short sheet stays whole; of a long one the title stays with its first rows.
    first = len(rows) if len(rows) <= 4 else 2
    yield [title, _grid(rows[:first], width / columns)]
    if rows[first:]:
        yield [_grid(rows[first:], width / columns)]


def _grid(rows: list[list[Any]], step: float) -> Flowable:
    grid = Table(rows, colWidths=[step] * len(rows[0]))
    grid.setStyle([*_plain(), ("RIGHTPADDING", (0, 0), (-1, -1), 0), ("TOPPADDING", (0, 0), (-1, -1), 2.4)])
    return grid


def _close_up(cell: blocks.CloseUp, width: float) -> Flowable:
    side = 21 * mm
    pictures = [cell.crop] + ([cell.overlay] if cell.overlay is not None else [])
    words = [Paragraph(f"<font name='{STRONG}'>Cell {cell.name}. {set_text(cell.heading)}</font>", POINT)]
    words += [Paragraph(set_text(line), POINT) for line in cell.lines]
    across = 2 * side + 2 * mm + 4 * mm
    drawn = Table([[PictureRow(pictures, side, 2 * mm), words]], colWidths=[across, width - across])
    drawn.setStyle([*_plain(), ("BOTTOMPADDING", (0, 0), (-1, -1), 6)])
    return drawn
