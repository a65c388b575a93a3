"""What a report is made of, the same for print and for the browser: sections of texts, tables and pictures."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from core.imaging.windows import Box

Mark = Literal["", "doubtful", "changed"]


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True)
class BulletList:
    """A list."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Notice:
    """A sentence that nobody should miss."""

    text: str


@dataclass(frozen=True)
class FactList:
    """Names and values, side by side."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class IntervalLine:
    """A figure with its interval on a line from 0 to `most`, over the range that is usual; a cell of a table."""

    value: float
    low: float
    high: float
    usual: tuple[float, float] | None
    most: float
    colour: str

    @property
    def text(self) -> str:
        """For who cannot see it."""
        return f"{self.value:.0f}, between {self.low:.0f} and {self.high:.0f}"


@dataclass(frozen=True)
class Table:
    """caption: a sentence. numbers: which columns line up to the right. widths: shares of the page's width."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | IntervalLine, ...], ...]
    widths: tuple[float, ...]
    numbers: frozenset[int] = field(default_factory=frozenset)
    last_is_sum: bool = False


@dataclass(frozen=True)
class Outline:
    """A box on a photo, in pixels of the picture that is shown. text: two or three letters, or ""."""

    box: Box
    colour: str
    text: str = ""
    mark: Mark = ""


@dataclass(frozen=True, eq=False)
class PhotoFigure:
    """A photo with boxes. pixels: (h, w, 3) uint8."""

    number: int
    caption: str
    pixels: np.ndarray
    outlines: tuple[Outline, ...]


@dataclass(frozen=True, eq=False)
class FigureGroup:
    """Figures that may stand side by side."""

    figures: tuple[PhotoFigure, ...]


@dataclass(frozen=True, eq=False)
class Tile:
    """One cell of a contact sheet. pixels: (s, s, 3) uint8. name: "3.12"; under: how sure, or what a person changed."""

    pixels: np.ndarray
    name: str
    under: str
    mark: Mark = ""


@dataclass(frozen=True, eq=False)
class ContactSheet:
    """A contact sheet of one class. more: how many cells it leaves out."""

    title: str
    colour: str
    tiles: tuple[Tile, ...]
    more: int = 0


@dataclass(frozen=True, eq=False)
class CloseUp:
    """One cell looked at closely: what was read, where its evidence is (None: not known), and sentences."""

    name: str
    crop: np.ndarray
    overlay: np.ndarray | None
    heading: str
    lines: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class CloseUps:
    """Cells looked at closely, one below the other."""

    cells: tuple[CloseUp, ...]


Block = Text | BulletList | Notice | FactList | Table | FigureGroup | ContactSheet | CloseUps


@dataclass(frozen=True, eq=False)
class Section:
    """A headed part. The title is "" for what stands before the first heading."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, eq=False)
class Document:
    """The whole. identifier stands on every page; it names no patient."""

    title: str
    subtitle: str
    identifier: str
    sections: tuple[Section, ...]
