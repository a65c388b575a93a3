"""What is drawn rather than written in a printed report: photos with boxes, cells, intervals."""

import io

import numpy as np
from reportlab.lib import colors
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from core.reports.blocks import IntervalLine, Mark, Outline, Tile
from core.reports.figures import jpeg
from core.reports.fonts import LABEL

INK, ACCENT, QUIET, BAND, LINE = (
    colors.HexColor(value) for value in ("#18262b", "#0b6b74", "#506066", "#dde7e8", "#9aa8ac")
)
DASHES = (2.2, 1.6)


def picture(pixels: np.ndarray) -> ImageReader:
    """For drawing on a page."""
    return ImageReader(io.BytesIO(jpeg(pixels)))


Place = tuple[float, float, float, float]
"""Left, foot, width and height on a page."""


def frame(page: Canvas, place: Place, colour: colors.Color, mark: Mark) -> None:
    """A rectangle: plain, dashed for an uncertain cell, double for one that a person named otherwise."""
    x, y, width, height = place
    page.setStrokeColor(colour)
    page.setLineWidth(0.9)
    page.setDash(*((DASHES,) if mark == "doubtful" else ((),)))
    page.rect(x, y, width, height)
    page.setDash(())
    if mark == "changed":
        page.setLineWidth(0.5)
        page.rect(x - 1.8, y - 1.8, width + 3.6, height + 3.6)


class PhotoDrawing(Flowable):
    """A photo with its boxes, as wide as said unless it would be higher than `tallest`."""

    def __init__(self, pixels: np.ndarray, outlines: tuple[Outline, ...], width: float, tallest: float) -> None:
        super().__init__()
        high, wide = pixels.shape[:2]
        self.scale = min(width / wide, tallest / high)
        self.width, self.height = wide * self.scale, high * self.scale
        self.pixels, self.outlines = pixels, outlines

    def draw(self) -> None:
        """Boxes stay lines and letters, so that they are sharp at any size."""
        page = self.canv
        page.drawImage(picture(self.pixels), 0, 0, self.width, self.height)
        page.saveState()
        edge = page.beginPath()
        edge.rect(0, 0, self.width, self.height)
        page.clipPath(edge, stroke=0)
        for outline in self.outlines:
            self._outline(page, outline)
        page.restoreState()
        page.setStrokeColor(LINE)
        page.setLineWidth(0.4)
        page.rect(0, 0, self.width, self.height)

    def _outline(self, page: Canvas, outline: Outline) -> None:
        box, scale = outline.box, self.scale
        colour = colors.HexColor(outline.colour)
        left, top = box.left * scale, self.height - box.top * scale
        place = left, self.height - box.bottom * scale, box.width * scale, box.height * scale
        frame(page, place, colour, outline.mark)
        if outline.text:
            wide = page.stringWidth(outline.text, LABEL, 5.5) + 3
            # Above the box, or inside where the photo ends.
            foot = min(top, self.height - 7)
            page.setFillColor(colour)
            page.rect(left - 0.45, foot, wide, 7, stroke=0, fill=1)
            page.setFillColor(colors.white)
            page.setFont(LABEL, 5.5)
            page.drawString(left + 1.05, foot + 1.7, outline.text)


class TileDrawing(Flowable):
    """One cell of a contact sheet with its number and what is said below."""

    SIDE, FOOT = 15.5 * mm, 5.6 * mm

    def __init__(self, tile: Tile, colour: str) -> None:
        super().__init__()
        self.width, self.height = self.SIDE, self.SIDE + self.FOOT
        self.tile, self.colour = tile, colors.HexColor(colour)

    def draw(self) -> None:
        """The crop, its frame, and two short lines."""
        page = self.canv
        page.drawImage(picture(self.tile.pixels), 0, self.FOOT, self.SIDE, self.SIDE)
        frame(page, (0, self.FOOT, self.SIDE, self.SIDE), self.colour, self.tile.mark)
        page.setFont(LABEL, 5.4)
        page.setFillColor(INK)
        page.drawString(0, self.FOOT - 8, self.tile.name)
        page.setFillColor(QUIET)
        page.drawRightString(self.SIDE, self.FOOT - 8, self.tile.under)


class PictureRow(Flowable):
    """Pictures side by side, each as a square."""

    def __init__(self, pictures: list[np.ndarray], side: float, gap: float) -> None:
        super().__init__()
        self.pictures, self.side, self.gap = pictures, side, gap
        self.width, self.height = len(pictures) * side + (len(pictures) - 1) * gap, side

    def draw(self) -> None:
        """From left to right."""
        for place, pixels in enumerate(self.pictures):
            x = place * (self.side + self.gap)
            self.canv.drawImage(picture(pixels), x, 0, self.side, self.side)
            frame(self.canv, (x, 0, self.side, self.side), LINE, "")


class IntervalDrawing(Flowable):
    """A figure and its interval over the range that is usual, from 0 to `span.most`."""

    def __init__(self, span: IntervalLine, width: float) -> None:
        super().__init__()
        self.span, self.width, self.height = span, width, 9.0

    def draw(self) -> None:
        """A grey band, a whisker and a dot."""
        page, middle = self.canv, self.height / 2
        if self.span.usual:
            low, high = (self._at(end) for end in self.span.usual)
            page.setFillColor(BAND)
            page.rect(low, 0, max(high - low, 1.2), self.height, stroke=0, fill=1)
        page.setStrokeColor(LINE)
        page.setLineWidth(0.3)
        page.line(0, middle, self.width, middle)
        if self.span.value != self.span.value:
            return
        colour = colors.HexColor(self.span.colour)
        page.setStrokeColor(colour)
        page.setLineWidth(1.5)
        page.line(self._at(self.span.low), middle, self._at(self.span.high), middle)
        page.setFillColor(colour)
        page.circle(self._at(self.span.value), middle, 2.1, stroke=0, fill=1)

    def _at(self, figure: float) -> float:
        return max(0.0, min(1.0, figure / self.span.most)) * self.width
