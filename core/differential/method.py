"""How a count comes about, and what it is not, in words."""

from collections.abc import Iterator

from core.differential.counts import Differential
from core.differential.preconditions import ENOUGH_WHITE
from core.differential.smear import Smear
from core.wording import SPACE

STANDARD = (
    "The standard for a differential count is CLSI H20-Ed3, Reference Leukocyte Differential Count (Proportional) and "
    "Evaluation of Instrumental Methods, which replaces H20-A2. This count does not follow it:"
)
NOT_DONE = (
    "A model names the cells, and a person where that is marked. H20 asks for two qualified examiners, each of whom "
    "counts 200 cells.",
    "The photos are taken as they come. Nobody checked that they show the part of the smear where cells are to be "
    "counted. Photos that overlap are looked for, and what two of them show is counted once; small overlaps may be "
    "missed.",
    "Band and segmented neutrophils are one class of the model, and blasts, plasma cells, reactive lymphocytes and "
    "parasites are none: at best such a cell is set apart as unlike. Only a person tells them.",
    "Nothing is said of how many white cells there are in a litre of blood.",
    "The count was not compared with the reference method on patients' blood.",
)


def method_sentences(smear: Smear, count: Differential) -> Iterator[str]:
    """How the figures came about."""
    if count.gate.shows("open"):
        yield from _method_of_shares(smear)
    elif count.gate.shows("counts"):
        yield (
            f"Limits are the exact binomial ones (Clopper and Pearson 1934) of the share of each class, 95{SPACE}%, "
            "rounded outward as in Rümke's table (Triangle 1960;4:154): what chance alone does."
        )
    if count.parts or any(row.key not in smear.space.keys for row in count.rows):
        yield (
            "The models know no types but their classes; what is finer, or else, a person named. A part of a class "
            "counts under its class as well, and its share is given only where the whole class was told apart. Such a "
            "type has no reference interval here, and no interval but the exact one of chance."
        )
    yield (
        f"Percentages and flags are given from {ENOUGH_WHITE} white cells on, where the photos can bear them: red "
        "cells beside the white ones, of a known and sufficient size, sharp, and few cells that the model does not "
        "know."
    )


def _method_of_shares(smear: Smear) -> Iterator[str]:
    yield (
        f"Shares are of all white cells that were counted. Their 95{SPACE}% limits are the exact binomial ones "
        "(Clopper and Pearson 1934), rounded outward as in Rümke's table (Triangle 1960;4:154): what chance alone does."
    )
    if smear.confusion is not None:
        yield (
            f"The corrected shares allow for the model's own confusion as well, measured on {smear.confusion.n:,} "
            "validation cells: the shares that make its answers likeliest, with a bootstrap over both the cells met "
            "and the confusion. Cells that a person named are taken as they are. The correction holds for photos like "
            "those of the validation; in another laboratory a model makes other mistakes, and more."
        )
    yield (
        "Flags compare the corrected share, where there is one, with the reference interval of adults. “Perhaps” means "
        "that the share lies outside, but its interval reaches inside."
    )
