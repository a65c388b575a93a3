"""What was done to a file's picture to make it a photo."""

from dataclasses import dataclass
from enum import Enum, auto


class ChangeKind(Enum):
    """What may be done to a file's picture to make it a photo. number and of: see Change."""

    MAIN_PICTURE = auto()
    """Of several, the main one was taken (HEIC). of: how many there are."""
    PAGE = auto()
    """One page was taken (TIFF). number: which, from 1. of: how many there are."""
    REGIONS = auto()
    """A region of a whole slide. number: how many regions are read. of: how many of them show cells."""
    FIRST_FRAME = auto()
    """The first frame was taken. of: how many there are."""
    FOCUS = auto()
    """The sharpest plane of a focus stack was taken. number: which, from 1. of: how many there are."""
    TIME = auto()
    """The sharpest picture of a time series was taken. number and of: as above."""
    SAME_PLACE = auto()
    """Pages without tags show one place, and the sharpest was taken. number and of: as above."""
    OTHER_PLACES = auto()
    """By its tags the file is a stack of one place, yet its planes show several, so that each is a photo."""
    COLOUR_PAGES = auto()
    """Three grey pages are red, green and blue by the file's tags."""
    TAKEN_FOR_COLOURS = auto()
    """Three grey pages of one place without tags were taken for red, green and blue."""
    DEEP = auto()
    """More than 8 bits a channel were scaled to 8. number: how many were used."""
    FLOATING_POINT = auto()
    """Floating-point values were scaled to 8 bits."""
    SHALLOW = auto()
    """A deep picture held values of 8 bits, which were kept."""
    CMYK = auto()
    """Print colours were converted."""
    TRANSPARENT = auto()
    """Transparent parts were laid on white."""
    SWAPPED = auto()
    """Red and blue were put the other way round, as a person asked."""
    CUT_OUT = auto()
    """A cell was cut out on black, which was made white."""
    MARKS = auto()
    """Marks that somebody drew were painted out. number: how many."""
    SCALE_BAR = auto()
    """One of these marks is a scale bar. number: its length in pixels."""
    EMPTY_ALPHA = auto()
    """The picture was transparent all over; its transparency was dropped."""


@dataclass(frozen=True)
class Change:
    """What was done to a picture as it was opened, with its figures (see ChangeKind; 0 where there are none)."""

    kind: ChangeKind
    number: int = 0
    of: int = 0
