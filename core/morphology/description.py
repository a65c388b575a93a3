"""What the attributes of one cell mean for its answer, in a sentence or two."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.labels import PBC8
from core.morphology.attributes import ATTRIBUTES, GRANULES, Attribute, columns, combined_phrases
from core.morphology.definitions import agrees
from core.morphology.head import Head, HeadCard, shares
from core.wording import join_words, portion

RARE = 0.05
"""A value that a smaller share of a class's training cells has contradicts the class."""

COARSER_FROM = 0.94
"""Probability of several values together from which one of them is told: of test cells so described as having a lobed
nucleus, 96.5 % (multilab, of 170) and 97.8 % (champion, of 139) had one, and as many of validation cells."""

MOST_NAMED = 3
"""Attributes that are named as fitting, those first that set the class apart best."""


@dataclass(frozen=True)
class CellAttribute:
    """One attribute of one cell. sure: whether its probability reaches the attribute's threshold. share: of the class's
    training cells, how many have this value; contrast: that share less the mean of the other classes', from -1 to 1.
    agrees: whether the definition of the class, where it speaks of the attribute, names this value."""

    key: str
    value: str
    probability: float
    sure: bool
    share: float
    contrast: float
    agrees: bool = True

    @property
    def fits(self) -> bool:
        """Whether it speaks for the class, in the words of its definition."""
        return self.sure and not self.contradicts and self.agrees

    @property
    def contradicts(self) -> bool:
        """Whether it speaks against the class."""
        return self.sure and self.share < RARE


@dataclass(frozen=True)
class Morphology:
    """All eleven attributes of a cell, set against one class. label: key of the class."""

    label: str
    attributes: tuple[CellAttribute, ...]

    @property
    def contradicting(self) -> tuple[CellAttribute, ...]:
        return tuple(attribute for attribute in self.attributes if attribute.contradicts)

    @property
    def fitting(self) -> tuple[CellAttribute, ...]:
        """The greatest contrast first; only those commoner in this class than in others."""
        fitting = [one for one in self.attributes if one.fits and one.contrast > 0]
        return tuple(sorted(fitting, key=lambda attribute: -attribute.contrast))


def describe(head: Head, features: npt.ArrayLike, label: str) -> Morphology | None:
    """The attributes of one cell, features (F,), set against a class; None for a class without known attributes."""
    return from_probabilities(head.card, head.probabilities(np.asarray(features)[None])[0], label)


def from_probabilities(card: HeadCard, probabilities: npt.NDArray[np.float64], label: str) -> Morphology | None:
    """The same from the probabilities (31,) of a head."""
    class_shares = shares(card, label)
    if not class_shares:
        return None
    others = [shares(card, other) for other in card.expected if other != label]
    attributes = []
    for attribute, part, entry in zip(ATTRIBUTES, columns(), card.attributes, strict=True):
        value, probability, joined = _told(attribute, probabilities[part], entry.sure_from)
        share, *elsewhere = (sum(each[attribute.key][one] for one in joined) for each in (class_shares, *others))
        attributes.append(
            CellAttribute(
                attribute.key,
                value,
                probability,
                sure=len(joined) > 1 or probability >= entry.sure_from,
                share=share,
                contrast=share - (float(np.mean(elsewhere)) if elsewhere else 0.0),
                agrees=agrees(label, attribute.key, joined),
            )
        )
    return Morphology(label, tuple(attributes))


def _told(
    attribute: Attribute, probabilities: npt.NDArray[np.float64], sure_from: float
) -> tuple[str, float, tuple[str, ...]]:
    """The likeliest value, its probability, and what it joins: itself, or where it is not sure, values of which one
    nearly surely is the right one."""
    number = int(probabilities.argmax())
    value, probability = attribute.values[number], float(probabilities[number])
    for key, _, joined in attribute.coarser if probability < sure_from else ():
        together = float(sum(probabilities[attribute.number(one)] for one in joined))
        if together >= max(sure_from, COARSER_FROM):
            return key, together, joined
    return value, probability, (value,)


def sentence(morphology: Morphology, *, doubted: bool = False) -> str:
    """For people: what fits the class and what speaks against it. Of what is unsure it says nothing.

    doubted: the answer is; what the cell looks like is then told, and nothing said to fit.
    """
    name = PBC8[morphology.label].name.lower()
    fitting = _phrases(_fitting_with_granules(morphology))[:MOST_NAMED]
    fits = "fit" if len(fitting) > 1 else "fits"
    means = f"seen too in {name}s, which settles nothing" if doubted else f"{fits} {name}"
    parts = [f"{_capitalised(join_words(fitting))}: {means}." if fitting else ""]
    if morphology.contradicting:
        against = _phrases(morphology.contradicting)
        rarest = min(attribute.share for attribute in morphology.contradicting)
        frequency = f"seen in {_share(rarest)} of {name}s" if len(against) == 1 else f"each seldom seen in {name}s"
        speaks = "speak" if len(against) > 1 else "speaks"
        parts.append(f"{_capitalised(join_words(against))}: {speaks} against it ({frequency}).")
    elif not fitting:
        parts.append(f"Nothing that was told for sure is typical of {name}.")
    return " ".join(part for part in parts if part)


def _fitting_with_granules(morphology: Morphology) -> list[CellAttribute]:
    """What fits; where that holds something of granules, everything sure of them, for it is one phrase."""
    fitting = list(morphology.fitting)
    if any(attribute.key in GRANULES for attribute in fitting):
        fitting += [one for one in morphology.attributes if one.key in GRANULES and one.fits]
    return fitting


def _phrases(attributes: Sequence[CellAttribute]) -> list[str]:
    return combined_phrases([(attribute.key, attribute.value) for attribute in attributes])


def _capitalised(text: str) -> str:
    return text[0].upper() + text[1:]


def _share(share: float) -> str:
    return portion(share).replace("<", "fewer than ") if share else "none"
