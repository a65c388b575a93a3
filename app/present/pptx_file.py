"""A deck as a PowerPoint file: native text and tables, charts as pictures with alternative text."""

import io
from collections.abc import Sequence
from typing import Any

import pandas as pd
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.presentation import Presentation as Deckfile
from pptx.slide import Slide as Page
from pptx.text.text import TextFrame
from pptx.util import Inches, Length, Pt

from app.present import print_charts
from app.present.deck import FOOTER, Deck, Slide
from app.shared import plots

WIDE, HIGH, EDGE = 13.333, 7.5, 0.6
"""Inches: a slide, and its margin."""

TOP = 2.45
"""Inches from the top to where the body of a slide begins."""

INK, ACCENT, QUIET = RGBColor(0x18, 0x26, 0x2B), RGBColor(0x0B, 0x6B, 0x74), RGBColor(0x50, 0x60, 0x66)
FONT = "Calibri"
_TITLE_ONLY = 5
"""The layout of the template that python-pptx brings along which has a title and nothing else."""


def pptx(deck: Deck) -> bytes:
    """The whole file."""
    file = Presentation()
    file.slide_width, file.slide_height = Inches(WIDE), Inches(HIGH)
    file.core_properties.title = deck.title
    file.core_properties.author = "Smearlens"
    file.core_properties.language = "en-GB"
    file.core_properties.subject = FOOTER
    for number, slide in enumerate(deck.slides, 1):
        _add(file, slide, number, len(deck.slides))
    saved = io.BytesIO()
    file.save(saved)
    return saved.getvalue()


def _add(file: Deckfile, slide: Slide, number: int, of: int) -> None:
    page = file.slides.add_slide(file.slide_layouts[_TITLE_ONLY])
    title = page.shapes.title
    title.left, title.top, title.width, title.height = _box(EDGE, 0.35, WIDE - 2 * EDGE, 0.8)
    _write(title.text_frame, [slide.title], 34, ACCENT, bold=True)
    title.text_frame.paragraphs[0].alignment = PP_ALIGN.LEFT
    _text(page, [slide.message], (EDGE, 1.15, WIDE - 2 * EDGE, TOP - 1.25), message_size(slide.message), INK)
    if slide.points:
        _text(page, [f"• {point}" for point in slide.points], (EDGE, TOP, WIDE - 2 * EDGE, 4.2), 20, INK)
    if slide.chart is not None:
        _picture(page, slide.chart, slide.title)
    if slide.table is not None:
        _table(page, slide.table)
    _text(page, [f"{FOOTER} Slide {number} of {of}."], (EDGE, HIGH - 0.5, WIDE - 2 * EDGE, 0.35), 12, QUIET)
    if slide.notes:
        page.notes_slide.notes_text_frame.text = slide.notes


def message_size(message: str) -> int:
    """Points: long messages are smaller, so that they keep to their box."""
    return 24 if len(message) <= 170 else 20 if len(message) <= 250 else 16


def _box(left: float, top: float, width: float, height: float) -> tuple[Length, Length, Length, Length]:
    return Inches(left), Inches(top), Inches(width), Inches(height)


def _text(
    page: Page, lines: Sequence[str], box: tuple[float, float, float, float], size: int, colour: RGBColor
) -> None:
    _write(page.shapes.add_textbox(*_box(*box)).text_frame, lines, size, colour)


def _write(frame: TextFrame, lines: Sequence[str], size: int, colour: RGBColor, *, bold: bool = False) -> None:
    frame.word_wrap = True
    frame.vertical_anchor = MSO_ANCHOR.TOP
    for number, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        paragraph.space_after = Pt(size / 2)
        run = paragraph.add_run()
        run.text = line
        run.font.size, run.font.name, run.font.bold, run.font.color.rgb = Pt(size), FONT, bold, colour


def _picture(page: Page, chart: plots.Intervals | plots.Matrices, title: str) -> None:
    height = HIGH - 0.55 - TOP
    width = height * print_charts.WIDTH / print_charts.HEIGHT
    left, top, wide, high = _box((WIDE - width) / 2, TOP, width, height)
    shape = page.shapes.add_picture(io.BytesIO(print_charts.png(chart)), left, top, wide, high)
    shape.name = f"Chart: {title}"
    element: Any = shape._element  # python-pptx has no name for alternative text
    element.nvPicPr.cNvPr.set("descr", chart.alt)


def _table(page: Page, table: pd.DataFrame) -> None:
    rows, columns = table.shape
    size = 16 if rows <= 7 and columns <= 5 else 13
    wide, row = WIDE - 2 * EDGE, min(0.45, 4.4 / (rows + 1))
    shape = page.shapes.add_table(rows + 1, columns, *_box(EDGE, TOP, wide, row * (rows + 1)))
    shape.name = "Table"
    for column, share in enumerate(column_shares(table)):
        shape.table.columns[column].width = Inches(wide * share)
    for line, values in enumerate([list(table.columns), *table.to_numpy().tolist()]):
        for column, value in enumerate(values):
            cell = shape.table.cell(line, column)
            cell.margin_top = cell.margin_bottom = Inches(0.03)
            cell.vertical_anchor = MSO_ANCHOR.MIDDLE
            if line == 0:
                cell.fill.solid()
                cell.fill.fore_color.rgb = ACCENT
            run = cell.text_frame.paragraphs[0].add_run()
            run.text = str(value)
            run.font.size, run.font.name, run.font.bold = Pt(size), FONT, line == 0
            if line:
                run.font.color.rgb = INK


def column_shares(table: pd.DataFrame) -> list[float]:
    """How wide each column is, from its longest text; they add up to 1."""
    longest = [
        max(8, len(str(name)), *(len(str(value)) for value in table.iloc[:, place]))
        for place, name in enumerate(table.columns)
    ]
    return [length / sum(longest) for length in longest]
