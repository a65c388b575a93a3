"""A deck as a PPTX: text and tables can be edited, pictures have alternative text, notes are for the speaker."""

import io
from collections.abc import Sequence
from typing import Any

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.slide import Slide as Page
from pptx.text.text import TextFrame
from pptx.util import Length, Pt

from app.present.content import FOOTER
from app.present.layout import BETWEEN, HIGH, PADDING, WIDE, Area, LaidOut, PictureBlock, TableBlock, TextBlock
from app.present.looks import FONT, HEAD_TONE, STRIPE, TONES
from app.present.typesetting import LEADING

_TITLE_ONLY = 5
"""The layout of the template that python-pptx brings along which has a title and nothing else."""

_NO_STYLE = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"
"""PowerPoint's name for a table without lines and grounds; python-pptx sets another."""


def pptx(title: str, pages: Sequence[LaidOut]) -> bytes:
    """The whole file."""
    file = Presentation()
    file.slide_width, file.slide_height = Pt(WIDE), Pt(HIGH)
    file.core_properties.title = title
    file.core_properties.author = "Smearlens"
    file.core_properties.language = "en-GB"
    file.core_properties.subject = FOOTER
    for laid_out in pages:
        page = file.slides.add_slide(file.slide_layouts[_TITLE_ONLY])
        for block in laid_out.blocks:
            if isinstance(block, TextBlock):
                _text(page, block)
            elif isinstance(block, TableBlock):
                _table(page, block)
            else:
                _picture(page, block)
        if laid_out.notes:
            page.notes_slide.notes_text_frame.text = laid_out.notes
    saved = io.BytesIO()
    file.save(saved)
    return saved.getvalue()


def _edges(area: Area) -> tuple[Length, Length, Length, Length]:
    return Pt(area.left), Pt(area.top), Pt(area.width), Pt(area.height)


def _text(page: Page, block: TextBlock) -> None:
    """In a box without margins, so that a line is as long as it was measured."""
    if block.role == "title":
        shape = page.shapes.title
        assert shape is not None
        shape.left, shape.top, shape.width, shape.height = _edges(block.area)
    else:
        shape = page.shapes.add_textbox(*_edges(block.area))
        shape.name = block.role.capitalize()
    frame = shape.text_frame
    frame.word_wrap = True
    frame.vertical_anchor = MSO_ANCHOR.TOP
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = Pt(0)
    _write(frame, block)


def _write(frame: TextFrame, block: TextBlock) -> None:
    for number, text in enumerate(block.paragraphs):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        paragraph.alignment = PP_ALIGN.CENTER if block.centred else PP_ALIGN.LEFT
        paragraph.line_spacing = Pt(LEADING * block.size)
        paragraph.space_before = Pt(0)
        paragraph.space_after = Pt(BETWEEN * block.size * block.bullets)
        if block.bullets:
            _bullet(paragraph, block.size)
        run = paragraph.add_run()
        run.text = text
        _style(run, block.size, TONES[block.tone], bold=block.bold)


def _bullet(paragraph: Any, size: float) -> None:
    """python-pptx has no name for bullets."""
    properties = paragraph._p.get_or_add_pPr()
    properties.set("marL", str(Pt(size)))
    properties.set("indent", str(-Pt(size)))
    for name, setting in (("buSzPct", {"val": "100000"}), ("buFont", {"typeface": FONT}), ("buChar", {"char": "•"})):
        properties.append(properties.makeelement(qn(f"a:{name}"), setting))


def _style(run: Any, size: float, colour: str, *, bold: bool) -> None:
    font = run.font
    font.size, font.name, font.bold, font.color.rgb = Pt(size), FONT, bold, _colour(colour)


def _colour(colour: str) -> RGBColor:
    return RGBColor.from_string(colour[1:].upper())


def _picture(page: Page, block: PictureBlock) -> None:
    shape = page.shapes.add_picture(io.BytesIO(block.png), *_edges(block.area))
    shape.name = "Picture"
    element: Any = shape._element  # python-pptx has no name for alternative text
    element.nvPicPr.cNvPr.set("descr", block.alt)


def _table(page: Page, block: TableBlock) -> None:
    shape = page.shapes.add_table(len(block.rows), len(block.widths), *_edges(block.area))
    shape.name = "Table"
    element: Any = shape._element  # python-pptx has no name for a table's style
    element.graphic.graphicData.tbl.tblPr.find(qn("a:tableStyleId")).text = _NO_STYLE
    for place, wide in enumerate(block.widths):
        shape.table.columns[place].width = Pt(wide)
    for line, (texts, high) in enumerate(zip(block.rows, block.heights, strict=True)):
        row = shape.table.rows[line]
        row.height = Pt(high)
        for cell, text, figure in zip(row.cells, texts, block.figures, strict=True):
            _cell(cell, text, block.size, line=line, figure=figure)


def _cell(cell: Any, text: str, size: float, *, line: int, figure: bool) -> None:
    cell.margin_left = cell.margin_right = Pt(PADDING)
    cell.margin_top = cell.margin_bottom = Pt(0)
    cell.vertical_anchor = MSO_ANCHOR.MIDDLE
    cell.fill.solid()
    cell.fill.fore_color.rgb = _colour(HEAD_TONE if line == 0 else STRIPE if line % 2 else "#ffffff")
    paragraph = cell.text_frame.paragraphs[0]
    paragraph.alignment = PP_ALIGN.RIGHT if figure else PP_ALIGN.LEFT
    paragraph.line_spacing = Pt(LEADING * size)
    run = paragraph.add_run()
    run.text = text
    _style(run, size, "#ffffff" if line == 0 else TONES["ink"], bold=line == 0)
