"""The eleven attributes of WBCAtt, their values, and how each is said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Attribute:
    """One thing that is told of a white cell. key and the keys of values: as the table has them; each value with what
    is said of a cell that has it."""

    key: str
    name: str
    said: tuple[tuple[str, str], ...]

    @property
    def values(self) -> tuple[str, ...]:
        """Keys of the values, in the order of a head's outputs."""
        return tuple(value for value, _ in self.said)

    def phrase(self, value: str) -> str:
        """What is said of a cell with that value; KeyError for one that is not known."""
        return dict(self.said)[value]

    def number(self, value: str) -> int:
        """Place of a value; ValueError for one that is not known."""
        return self.values.index(value)


ATTRIBUTES = (
    Attribute("cell_size", "cell size", (("big", "large cell"), ("small", "small cell"))),
    Attribute("cell_shape", "cell shape", (("irregular", "irregular outline"), ("round", "round outline"))),
    Attribute(
        "nucleus_shape",
        "nucleus shape",
        (
            ("irregular", "irregular nucleus"),
            ("segmented-bilobed", "nucleus of two lobes"),
            ("segmented-multilobed", "nucleus of several lobes"),
            ("unsegmented-band", "band-shaped nucleus"),
            ("unsegmented-indented", "indented nucleus"),
            ("unsegmented-round", "round nucleus"),
        ),
    ),
    Attribute(
        "nuclear_cytoplasmic_ratio",
        "nuclear-cytoplasmic ratio",
        (("high", "high nuclear-cytoplasmic ratio"), ("low", "low nuclear-cytoplasmic ratio")),
    ),
    Attribute("chromatin_density", "chromatin", (("densely", "dense chromatin"), ("loosely", "loose chromatin"))),
    Attribute("cytoplasm_vacuole", "vacuoles", (("no", "no vacuoles"), ("yes", "vacuoles"))),
    Attribute(
        "cytoplasm_texture",
        "cytoplasm texture",
        (("clear", "clear cytoplasm"), ("frosted", "frosted cytoplasm")),
    ),
    Attribute(
        "cytoplasm_colour",
        "cytoplasm colour",
        (
            ("blue", "blue cytoplasm"),
            ("light blue", "light blue cytoplasm"),
            ("purple blue", "purple-blue cytoplasm"),
        ),
    ),
    Attribute(
        "granule_type",
        "granule type",
        (
            ("coarse", "coarse granules"),
            ("nil", "no granules"),
            ("round", "round granules"),
            ("small", "small granules"),
        ),
    ),
    Attribute(
        "granule_colour",
        "granule colour",
        (
            ("nil", "no granules"),
            ("pink", "pink granules"),
            ("purple", "purple granules"),
            ("red", "red granules"),
        ),
    ),
    Attribute("granularity", "granularity", (("no", "no granules"), ("yes", "granules"))),
)
"""In the order of WBCAtt's table (Tsutsui et al., NeurIPS 2023, arXiv:2306.13531)."""

KEYS = tuple(attribute.key for attribute in ATTRIBUTES)
OUTPUTS = sum(len(attribute.values) for attribute in ATTRIBUTES)
"""Columns of a head: every value of every attribute."""


def columns() -> tuple[slice, ...]:
    """Of each attribute, which of the OUTPUTS columns are its values."""
    ends = [sum(len(one.values) for one in ATTRIBUTES[: number + 1]) for number in range(len(ATTRIBUTES))]
    return tuple(slice(end - len(one.values), end) for end, one in zip(ends, ATTRIBUTES, strict=True))


def output_names() -> tuple[str, ...]:
    """A name for each column: "p_granule_colour_light blue"."""
    return tuple(f"p_{one.key}_{value}" for one in ATTRIBUTES for value in one.values)


GRANULES = ("granule_type", "granule_colour", "granularity")


def combined(values: Sequence[tuple[str, str]]) -> list[str]:
    """What is said of (attribute, value) pairs, in their order; what is told of granules makes one phrase."""
    told = dict(values)
    phrases = [
        _granules(told) if key in GRANULES else next(one for one in ATTRIBUTES if one.key == key).phrase(value)
        for key, value in values
    ]
    return list(dict.fromkeys(phrases))


def _granules(told: Mapping[str, str]) -> str:
    """ "round red granules", or what of it is told."""
    kind, colour = (told.get(key, "") for key in GRANULES[:2])
    if "nil" in (kind, colour) or told.get("granularity") == "no":
        return "no granules"
    return " ".join(word for word in (kind, colour, "granules") if word)
