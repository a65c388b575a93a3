"""The fonts of a printed report, which Matplotlib brings along and the PDF holds."""

from functools import cache
from pathlib import Path

BODY, STRONG, SLANTED = "Report", "Report-Bold", "Report-Italic"
HEAD, LABEL = "Report-Head", "Report-Label"

_FILES = {
    BODY: "STIXGeneral.ttf",
    STRONG: "STIXGeneralBol.ttf",
    SLANTED: "STIXGeneralItalic.ttf",
    HEAD: "DejaVuSans-Bold.ttf",
    LABEL: "DejaVuSans.ttf",
}


@cache
def register() -> None:
    """Make them known to ReportLab, once."""
    import matplotlib
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    for name, file in _FILES.items():
        pdfmetrics.registerFont(TTFont(name, folder / file))
    pdfmetrics.registerFontFamily(BODY, normal=BODY, bold=STRONG, italic=SLANTED, boldItalic=STRONG)
