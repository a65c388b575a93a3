"""The eleven attributes of WBCAtt, their values, and the phrase for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True)
class Attribute:
    """One trait of a white cell. key and the keys of values: as the table has them; phrases: each value with the words
    for a cell that has it."""

    key: str
    name: str
    phrases: tuple[tuple[str, str], ...]
    coarser: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    """A key, the words, and the values that it joins: told where none of these is sure by itself."""

    @property
    def values(self) -> tuple[str, ...]:
        """Keys of the values, in the order of a head's outputs."""
        return tuple(value for value, _ in self.phrases)

    def phrase(self, value: str) -> str:
        """The words for a cell with that value; KeyError for an unknown one."""
        return (dict(self.phrases) | {key: words for key, words, _ in self.coarser})[value]

    def number(self, value: str) -> int:
        """Place of a value; ValueError for an unknown one."""
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
        (("segmented", "lobed nucleus", ("segmented-bilobed", "segmented-multilobed")),),
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
    widths = [len(attribute.values) for attribute in ATTRIBUTES]
    return tuple(slice(end - width, end) for end, width in zip(accumulate(widths), widths, strict=True))


def column(key: str, value: str) -> int:
    """The number of the column of a value; ValueError for an unknown attribute or value."""
    place = KEYS.index(key)
    return columns()[place].start + ATTRIBUTES[place].number(value)


def output_names() -> tuple[str, ...]:
    """A name for each column: "p_granule_colour_light blue"."""
    return tuple(f"p_{attribute.key}_{value}" for attribute in ATTRIBUTES for value in attribute.values)


GRANULES = ("granule_type", "granule_colour", "granularity")


def combined_phrases(values: Sequence[tuple[str, str]]) -> list[str]:
    """The words for (attribute, value) pairs, in their order; those on granules make one phrase."""
    by_key = {attribute.key: attribute for attribute in ATTRIBUTES}
    granules = {key: value for key, value in values if key in GRANULES}
    phrases = [_granules(granules) if key in GRANULES else by_key[key].phrase(value) for key, value in values]
    return list(dict.fromkeys(phrases))


def _granules(values: Mapping[str, str]) -> str:
    """ "round red granules", or as much of it as is given."""
    form, colour = (values.get(key, "") for key in GRANULES[:2])
    if "nil" in (form, colour) or values.get("granularity") == "no":
        return "no granules"
    return " ".join(word for word in (form, colour, "granules") if word)
