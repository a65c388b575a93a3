"""A deck as a PDF: one landscape page a slide, with its fonts inside."""

import io
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

import pandas as pd
from reportlab.lib import colors
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, Table

from app.present import print_charts
from app.present.deck import FOOTER, Deck, Slide
from app.present.pptx_file import column_shares, message_size
from app.shared import plots

WIDE, HIGH, EDGE = 960.0, 540.0, 43.0
"""Points: a page of 13.33 by 7.5 inches as slides have, and its margin."""

INK, ACCENT, QUIET, STRIPE = (colors.HexColor(value) for value in ("#18262b", "#0b6b74", "#506066", "#eef4f4"))
BODY, BOLD = "Smearlens", "Smearlens-Bold"


@cache
def _fonts() -> None:
    """DejaVu Sans, which Matplotlib brings along, under names of our own."""
    import matplotlib

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    pdfmetrics.registerFont(TTFont(BODY, folder / "DejaVuSans.ttf"))
    pdfmetrics.registerFont(TTFont(BOLD, folder / "DejaVuSans-Bold.ttf"))


def pdf(deck: Deck) -> bytes:
    """The whole file."""
    _fonts()
    file = io.BytesIO()
    page = Canvas(file, pagesize=(WIDE, HIGH), initialFontName=BODY, lang="en-GB")
    page.setTitle(deck.title)
    page.setAuthor("Smearlens")
    page.setSubject(FOOTER)
    for number, slide in enumerate(deck.slides, 1):
        page.bookmarkPage(str(number))
        page.addOutlineEntry(slide.title, str(number))
        _draw(page, slide)
        page.setFont(BODY, 10)
        page.setFillColor(QUIET)
        page.drawString(EDGE, 20, f"{FOOTER} Slide {number} of {len(deck.slides)}.")
        page.showPage()
    page.save()
    return file.getvalue()


def _draw(page: Canvas, slide: Slide) -> None:
    top = HIGH - 30
    top = _paragraph(page, slide.title, top, 28, ACCENT, BOLD) - 6
    top = _paragraph(page, slide.message, top, message_size(slide.message) * 0.9, INK) - 12
    for point in slide.points:
        top = _paragraph(page, f"• {point}", top, 18, INK) - 10
    if slide.chart is not None:
        _picture(page, slide.chart, top)
    if slide.table is not None:
        _table(page, slide.table, top)


def _paragraph(page: Canvas, text: str, top: float, size: float, colour: colors.Color, font: str = BODY) -> float:
    """Writes text below `top`; returns where it ends."""
    style = _style(font, size, colour)
    paragraph = Paragraph(escape(text), style)
    _, height = paragraph.wrap(WIDE - 2 * EDGE, HIGH)
    paragraph.drawOn(page, EDGE, top - height)
    return top - height


def _style(font: str, size: float, colour: colors.Color) -> ParagraphStyle:
    # Also the font of bullets, which would else be one that is not in the file.
    return ParagraphStyle(
        "one", fontName=font, bulletFontName=font, fontSize=size, leading=1.3 * size, textColor=colour
    )


def _picture(page: Canvas, chart: plots.Intervals | plots.Matrices, top: float) -> None:
    width, room = WIDE - 2 * EDGE, top - 40
    height = width * print_charts.HEIGHT / print_charts.WIDTH
    shrink = min(1.0, room / height)
    picture = ImageReader(io.BytesIO(print_charts.png(chart)))
    page.drawImage(picture, (WIDE - width * shrink) / 2, top - height * shrink, width * shrink, height * shrink)


def _table(page: Canvas, table: pd.DataFrame, top: float) -> None:
    rows, columns = table.shape
    size = 15 if rows <= 7 and columns <= 5 else 12.5
    plain, strong = _style(BODY, size, INK), _style(BOLD, size, ACCENT)
    cells = [[Paragraph(escape(str(name)), strong) for name in table.columns]]
    cells += [[Paragraph(escape(str(value)), plain) for value in row] for row in table.to_numpy().tolist()]
    wide = WIDE - 2 * EDGE
    drawn = Table(cells, colWidths=[wide * share for share in column_shares(table)])
    drawn.setStyle(
        [
            ("FONTNAME", (0, 0), (-1, -1), BODY),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ("ROWBACKGROUNDS", (0, 1), (-1, -1), [STRIPE, colors.white]),
            ("LINEBELOW", (0, 0), (-1, 0), 1, ACCENT),
        ]
    )
    _, height = drawn.wrap(wide, top)
    drawn.drawOn(page, EDGE, top - height)
