"""What a slide holds, before anything is laid out: text is plain, without Markdown."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from app.shared import plots

FOOTER = "Research and teaching, not for diagnosis."


@dataclass(frozen=True)
class Points:
    """A few sentences below each other."""

    sentences: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class SlideTable:
    """A table of words and figures."""

    table: pd.DataFrame


@dataclass(frozen=True)
class Headline:
    """A figure so large that the last row reads it, and what it means."""

    figure: str
    meaning: str


@dataclass(frozen=True, eq=False)
class CellPicture:
    """One cell, and below it the same with a map over it where there is one; both (S, S, 3) uint8.

    captions: lines below. alt: what the pictures show.
    """

    pixels: np.ndarray
    overlay: np.ndarray | None
    captions: tuple[str, ...]
    alt: str


@dataclass(frozen=True, eq=False)
class CellPictures:
    """Up to MOST_CELLS cells beside each other. mark: what their files say they are, "" for photographs."""

    cells: tuple[CellPicture, ...]
    mark: str = ""


@dataclass(frozen=True, eq=False)
class WholePhoto:
    """A photo, (h, w, 3) uint8. mark: what its file says it is, "" for a photograph."""

    pixels: np.ndarray
    alt: str
    mark: str = ""


MOST_CELLS = 4
"""On one slide: more would be too small for a room."""

Body = Points | SlideTable | CellPictures | WholePhoto | tuple[Headline, ...] | plots.Intervals | plots.Matrices


@dataclass(frozen=True, eq=False)
class Slide:
    """One message, which is the title: a sentence. lead: what it rests on, in smaller letters below.

    caption: how to read the body. notes: what a speaker may say to it.
    """

    title: str
    lead: str = ""
    body: Body | None = None
    caption: str = ""
    notes: str = ""


@dataclass(frozen=True, eq=False)
class Deck:
    """title: of the talk."""

    title: str
    slides: tuple[Slide, ...]
