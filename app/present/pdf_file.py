"""A deck as a PDF: one landscape page a slide, with its fonts inside."""

import io
from collections.abc import Sequence

from reportlab.lib import colors
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from app.present import layout, typesetting
from app.present.content import FOOTER
from app.present.layout import HIGH, PADDING, WIDE, Area, LaidOut, PictureBlock, TableBlock, TextBlock
from app.present.looks import HEAD_TONE, STRIPE, TONES

FONTS = {False: typesetting.REGULAR, True: typesetting.BOLD}


def pdf(title: str, pages: Sequence[LaidOut]) -> bytes:
    """The whole file."""
    typesetting.register()
    file = io.BytesIO()
    sheet = Canvas(file, pagesize=(WIDE, HIGH), initialFontName=typesetting.REGULAR, lang="en-GB")
    sheet.setTitle(title)
    sheet.setAuthor("Smearlens")
    sheet.setSubject(FOOTER)
    for number, page in enumerate(pages, 1):
        sheet.bookmarkPage(str(number))
        sheet.addOutlineEntry(page.title, str(number))
        for block in page.blocks:
            if isinstance(block, TextBlock):
                _text(sheet, block)
            elif isinstance(block, TableBlock):
                _table(sheet, block)
            else:
                _picture(sheet, block)
        sheet.showPage()
    sheet.save()
    return file.getvalue()


def _text(sheet: Canvas, block: TextBlock) -> None:
    sheet.setFillColor(colors.HexColor(TONES[block.tone]))
    indent = block.size * block.bullets
    for line, foot, begins in layout.baselines(block):
        sheet.setFont(FONTS[block.bold], block.size)
        if block.centred:
            sheet.drawCentredString(block.area.left + block.area.width / 2, HIGH - foot, line)
            continue
        if begins and block.bullets:
            sheet.drawString(block.area.left, HIGH - foot, "•")
        sheet.drawString(block.area.left + indent, HIGH - foot, line)


def _picture(sheet: Canvas, block: PictureBlock) -> None:
    area = block.area
    picture = ImageReader(io.BytesIO(block.png))
    sheet.drawImage(picture, area.left, HIGH - area.top - area.height, area.width, area.height)


def _table(sheet: Canvas, block: TableBlock) -> None:
    top = block.area.top
    for number, (row, high) in enumerate(zip(block.rows, block.heights, strict=True)):
        ground = HEAD_TONE if number == 0 else STRIPE if number % 2 else "#ffffff"
        sheet.setFillColor(colors.HexColor(ground))
        sheet.rect(block.area.left, HIGH - top - high, block.area.width, high, stroke=0, fill=1)
        left = block.area.left
        for text, wide, figure in zip(row, block.widths, block.figures, strict=True):
            _cell(sheet, block, text, Area(left, top, wide, high), head=number == 0, figure=figure)
            left += wide
        top += high


def _cell(sheet: Canvas, block: TableBlock, text: str, area: Area, *, head: bool, figure: bool) -> None:
    """Flush left, a figure flush right; in the middle of its height."""
    sheet.setFillColor(colors.HexColor("#ffffff" if head else TONES["ink"]))
    sheet.setFont(FONTS[head], block.size)
    lines = typesetting.broken(text, block.size, area.width - 2 * PADDING, bold=head)
    leading = typesetting.LEADING * block.size
    foot = HIGH - area.top - (area.height - len(lines) * leading) / 2 - (typesetting.LEADING / 2 + 0.36) * block.size
    for number, line in enumerate(lines):
        if figure:
            sheet.drawRightString(area.left + area.width - PADDING, foot - number * leading, line)
        else:
            sheet.drawString(area.left + PADDING, foot - number * leading, line)
