"""How much room text takes: lines are broken before they are placed, by the widths of one font.

The font is DejaVu Sans, which Matplotlib brings along and the PDF holds. PPTX and screen name Verdana first, from whose
design it comes and whose letters are as wide to one part in a hundred; where that is missing, narrower ones stand in.
"""

from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR, BOLD = "Smearlens", "Smearlens-Bold"
LEADING = 1.25
"""Height of a line in letter sizes."""

SAFETY = 0.99
"""Share of a line that is filled, since another font may be a little wider."""


@cache
def register() -> None:
    """Make both cuts known to ReportLab, once."""
    import matplotlib

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    pdfmetrics.registerFont(TTFont(REGULAR, folder / "DejaVuSans.ttf"))
    pdfmetrics.registerFont(TTFont(BOLD, folder / "DejaVuSans-Bold.ttf"))


@lru_cache(maxsize=20_000)
def width(text: str, size: float, *, bold: bool = False) -> float:
    """Points that a line takes."""
    register()
    return float(pdfmetrics.stringWidth(text, BOLD if bold else REGULAR, size))


def longest_word(text: str, size: float, *, bold: bool = False) -> float:
    """Points that the widest word takes."""
    return max((width(word, size, bold=bold) for word in text.split(" ")), default=0.0)


def broken(text: str, size: float, room: float, *, bold: bool = False) -> list[str]:
    """The lines of a text in a column of `room` points; inside a word only where it alone is wider."""
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if width(longer, size, bold=bold) <= SAFETY * room:
            lines[-1] = longer
            continue
        if lines[-1]:
            lines.append("")
        *whole, lines[-1] = _in_pieces(word, size, room, bold=bold)
        lines[-1:-1] = whole
    return lines


def _in_pieces(word: str, size: float, room: float, *, bold: bool) -> list[str]:
    pieces = [""]
    for letter in word:
        if pieces[-1] and width(pieces[-1] + letter, size, bold=bold) > SAFETY * room:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def height(lines: int, size: float) -> float:
    """Points that so many lines take."""
    return lines * LEADING * size


def largest(text: str, sizes: Sequence[float], room: float, most: float, *, bold: bool = False) -> float:
    """The first of the sizes, the largest first, at which a text keeps within `room` by `most` points and breaks no
    word; the last where none does."""
    return next((size for size in sizes if _fits(text, size, room, most, bold=bold)), sizes[-1])


def _fits(text: str, size: float, room: float, most: float, *, bold: bool) -> bool:
    whole_words = longest_word(text, size, bold=bold) <= SAFETY * room
    return whole_words and height(len(broken(text, size, room, bold=bold)), size) <= most


def column_widths(columns: Iterable[Sequence[str]], size: float, padding: float, room: float) -> list[float]:
    """Widths of a table's columns, which add up to `room`; where that is too little, words have to be broken.

    columns: the texts of each, its head first, which is bold. What is over goes to all alike; what is wanting is taken
    from heads, then from all that can break.
    """
    texts = [list(column) for column in columns]
    wide = [max(width(text, size, bold=not row) for row, text in enumerate(column)) for column in texts]
    least = [max(longest_word(text, size, bold=not row) for row, text in enumerate(column)) for column in texts]
    figures = [max([low, *(width(text, size) for text in texts[1:])]) for texts, low in zip(texts, least, strict=True)]
    natural, smallest, unbroken = (
        [length / SAFETY + 2 * padding for length in lengths] for lengths in (wide, least, figures)
    )
    if sum(unbroken) <= room:
        smallest = unbroken
    if sum(natural) <= room:
        return [length + (room - sum(natural)) / len(natural) for length in natural]
    if sum(smallest) >= room:
        return [room * length / sum(smallest) for length in smallest]
    share = (room - sum(smallest)) / (sum(natural) - sum(smallest))
    return [low + share * (length - low) for low, length in zip(smallest, natural, strict=True)]
