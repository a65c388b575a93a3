"""English that every part of the core needs: lists of words, numbers of things."""

from collections.abc import Sequence

SPACE = "\u00a0"
"""Keeps a figure and its unit on one line."""


def join_words(parts: Sequence[str], last: str = "and") -> str:
    """ "a, b and c"; "" of none."""
    *others, end = parts or ("",)
    return f"{', '.join(others)} {last} {end}" if others else end


def count_of(number: int, singular: str, plural: str = "") -> str:
    """ "1 photo", "1,200 photos"; plural: where it is not the singular with an s."""
    return f"{number:,}{SPACE}{singular if number == 1 else plural or singular + 's'}"
