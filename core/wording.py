"""English that every part of the core needs: lists of words, numbers of things, and each quantity in one way."""

import math
from collections.abc import Sequence

SPACE = "\u00a0"
"""Keeps a figure and its unit on one line."""

NOT_KNOWN = "not known"


def join_words(parts: Sequence[str], last: str = "and") -> str:
    """ "a, b and c"; "" of none."""
    *others, end = parts or ("",)
    return f"{', '.join(others)} {last} {end}" if others else end


def count_of(number: int, singular: str, plural: str = "") -> str:
    """ "1 photo", "1,200 photos"; plural: where it is not the singular with an s."""
    return f"{number:,}{SPACE}{singular if number == 1 else plural or singular + 's'}"


def article(name: str) -> str:
    """ "an eosinophil"."""
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name.lower()}"


def probability(value: float) -> str:
    """A model's probability in whole percent; it is never said to be certain: "97 %", ">99 %", "<1 %"."""
    if math.isnan(value):
        return NOT_KNOWN
    if value > 0.99:
        return f">99{SPACE}%"
    return f"<1{SPACE}%" if value < 0.01 else f"{100 * value:.0f}{SPACE}%"


def probability_in_words(value: float) -> str:
    """The same within a sentence: "more than 99 %"."""
    return probability(value).replace(">", "more than ").replace("<", "less than ")


def portion(value: float) -> str:
    """A share of things that were counted, in whole percent; all and none are said only of all and none."""
    return f"100{SPACE}%" if value == 1 else f"0{SPACE}%" if value == 0 else probability(value)


def digits(value: float, low: float, high: float, most: int = 2) -> int:
    """Of a measured share in percent, digits after the point: no more than its interval deserves, and as many as keep
    what is not all or none from being said to be.
    """
    width = high - low
    deserved = 2 if 0 < width < 0.002 else 1 if width < 0.02 else 0
    if not 0 < value < 1:
        return min(deserved, most)
    apart = (n for n in range(deserved, most) if f"{100 * value:.{n}f}" not in (f"{0:.{n}f}", f"{100:.{n}f}"))
    return min(next(apart, most), most)


def milliseconds(value: float) -> str:
    """A duration to two figures: "0.81 ms", "74 ms", "1.2 s"."""
    if math.isnan(value):
        return NOT_KNOWN
    if not 0 < rounded(value) < 1000:
        return f"{rounded(value) / 1000:g}{SPACE}s" if value else f"0{SPACE}ms"
    return f"{rounded(value):g}{SPACE}ms"


def rounded(value: float, figures: int = 2) -> float:
    """To so many significant figures; whole numbers of more stay whole."""
    return float(f"{value:.{figures}g}")
