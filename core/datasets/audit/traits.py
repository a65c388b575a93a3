"""What sets a subpopulation apart, in words."""

from collections.abc import Mapping
from typing import Any

NAMES = {
    "ground_red": "red of the background",
    "ground_green": "green of the background",
    "ground_blue": "blue of the background",
    "red": "mean red",
    "green": "mean green",
    "blue": "mean blue",
    "focus": "sharpness",
    "cut": "black border",
    "bytes": "file size in bytes",
}


def trait_in_words(trait: Mapping[str, Any]) -> str:
    """One trait of `subpopulations`, such as "source size 366 × 369 (100 % of them, 0 % of the rest)"."""
    name = NAMES.get(trait["trait"], trait["trait"])
    if "share_within" in trait:
        within, outside = (100 * trait[f"share_{part}"] for part in ("within", "outside"))
        return f"{name} {trait['within']} ({within:.0f} % of them, {outside:.0f} % of the rest)"
    return f"{name} {trait['within']:g} (the rest {trait['outside']:g})"
