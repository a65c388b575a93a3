"""What the attributes of one cell mean for its answer, in a sentence or two."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.labels import PBC8
from core.morphology.attributes import ATTRIBUTES, GRANULES, columns, combined_phrases
from core.morphology.head import Head, HeadCard, shares
from core.wording import join_words

RARE = 0.05
"""A value that a smaller share of a class's training cells has contradicts the class."""

MOST_NAMED = 3
"""Attributes that are named as fitting, those first that set the class apart best."""


@dataclass(frozen=True)
class CellAttribute:
    """One attribute of one cell. sure: whether its probability reaches the attribute's threshold. share: of the class's
    training cells, how many have this value; contrast: that share less the mean of the other classes', from -1 to 1."""

    key: str
    value: str
    probability: float
    sure: bool
    share: float
    contrast: float

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
        """Sure and not contradicting, the greatest contrast first; only those commoner in this class than in others."""
        fitting = [one for one in self.attributes if one.sure and not one.contradicts and one.contrast > 0]
        return tuple(sorted(fitting, key=lambda attribute: -attribute.contrast))

    @property
    def unsure(self) -> tuple[CellAttribute, ...]:
        return tuple(attribute for attribute in self.attributes if not attribute.sure)


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
        number = int(probabilities[part].argmax())
        value, probability = attribute.values[number], float(probabilities[part][number])
        share = class_shares[attribute.key][value]
        elsewhere = float(np.mean([other[attribute.key][value] for other in others])) if others else 0.0
        sure = probability >= entry.sure_from
        attributes.append(CellAttribute(attribute.key, value, probability, sure, share, share - elsewhere))
    return Morphology(label, tuple(attributes))


def sentence(morphology: Morphology, *, doubted: bool = False) -> str:
    """For people: what fits the class, what speaks against it, and what is unsure.

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
        frequency = f"seen in {_percent(rarest)} of {name}s" if len(against) == 1 else f"each seldom seen in {name}s"
        speaks = "speak" if len(against) > 1 else "speaks"
        parts.append(f"{_capitalised(join_words(against))}: {speaks} against it ({frequency}).")
    elif not fitting:
        parts.append(f"Nothing that was told for sure is typical of {name}.")
    if morphology.unsure:
        parts.append(f"Unsure: {join_words([_name(attribute.key) for attribute in morphology.unsure])}.")
    return " ".join(part for part in parts if part)


def _fitting_with_granules(morphology: Morphology) -> list[CellAttribute]:
    """What fits; where that holds something of granules, everything sure of them, for it is one phrase."""
    fitting = list(morphology.fitting)
    if any(attribute.key in GRANULES for attribute in fitting):
        fitting += [one for one in morphology.attributes if one.key in GRANULES and one.sure and not one.contradicts]
    return fitting


def _phrases(attributes: Sequence[CellAttribute]) -> list[str]:
    return combined_phrases([(attribute.key, attribute.value) for attribute in attributes])


def _name(key: str) -> str:
    return next(attribute.name for attribute in ATTRIBUTES if attribute.key == key)


def _capitalised(text: str) -> str:
    return text[0].upper() + text[1:]


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.005 else "fewer than 1 %" if share > 0 else "none"
