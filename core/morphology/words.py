"""What the attributes of one cell mean for its answer, in a sentence or two."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.labels import PBC8
from core.morphology.attributes import ATTRIBUTES, GRANULES, columns, combined
from core.morphology.head import Head, HeadCard, shares
from core.wording import join_words

SELDOM = 0.05
"""A value that fewer of a class's training cells have speaks against the class."""

NAMED = 3
"""Attributes that are named as fitting, those first that tell the class from the others best."""


@dataclass(frozen=True)
class Seen:
    """One attribute of one cell. sure: whether it is told without doubt. share: of the class's training cells, how
    many have this value; telling: that share less the mean of the other classes', from -1 to 1."""

    key: str
    value: str
    probability: float
    sure: bool
    share: float
    telling: float

    @property
    def against(self) -> bool:
        """Whether it speaks against the class."""
        return self.sure and self.share < SELDOM


@dataclass(frozen=True)
class Morphology:
    """All eleven attributes of a cell, seen from one class. label: key of the class."""

    label: str
    seen: tuple[Seen, ...]

    @property
    def against(self) -> tuple[Seen, ...]:
        return tuple(one for one in self.seen if one.against)

    @property
    def fitting(self) -> tuple[Seen, ...]:
        """Sure and not against, the most telling first; only those commoner in this class than in others."""
        found = [one for one in self.seen if one.sure and not one.against and one.telling > 0]
        return tuple(sorted(found, key=lambda one: -one.telling))

    @property
    def unsure(self) -> tuple[Seen, ...]:
        return tuple(one for one in self.seen if not one.sure)


def describe(head: Head, features: npt.ArrayLike, label: str) -> Morphology | None:
    """The attributes of one cell, features (F,), seen from a class; None for a class of which none are known."""
    return from_probabilities(head.card, head.probabilities(np.asarray(features)[None])[0], label)


def from_probabilities(card: HeadCard, p: npt.NDArray[np.float64], label: str) -> Morphology | None:
    """The same from the probabilities (31,) of a head."""
    own = shares(card, label)
    if not own:
        return None
    others = [shares(card, other) for other in card.expected if other != label]
    seen = []
    for attribute, part, told in zip(ATTRIBUTES, columns(), card.attributes, strict=True):
        number = int(p[part].argmax())
        value, probability = attribute.values[number], float(p[part][number])
        share = own[attribute.key][value]
        elsewhere = float(np.mean([other[attribute.key][value] for other in others])) if others else 0.0
        sure = probability >= told.sure_from
        seen.append(Seen(attribute.key, value, probability, sure, share, share - elsewhere))
    return Morphology(label, tuple(seen))


def sentence(morphology: Morphology) -> str:
    """For people: what fits the class, what speaks against it, and what cannot be told for sure."""
    name = PBC8[morphology.label].name.lower()
    fitting = combined([(one.key, one.value) for one in _with_granules(morphology)])[:NAMED]
    parts = [f"{_capital(join_words(fitting))}: {'fit' if len(fitting) > 1 else 'fits'} {name}." if fitting else ""]
    if morphology.against:
        opposed = combined([(one.key, one.value) for one in morphology.against])
        rarest = min(one.share for one in morphology.against)
        seen = f"seen in {_percent(rarest)} of {name}s" if len(opposed) == 1 else f"each seldom seen in {name}s"
        parts.append(
            f"{_capital(join_words(opposed))}: {'speak' if len(opposed) > 1 else 'speaks'} against it ({seen})."
        )
    elif fitting:
        parts.append("Nothing that was told for sure speaks against it.")
    else:
        parts.append(f"Nothing that was told for sure is typical of {name}.")
    if morphology.unsure:
        doubtful = [_name(one.key) for one in morphology.unsure]
        parts.append(f"Unsure: {join_words(doubtful)}.")
    return " ".join(part for part in parts if part)


def _with_granules(morphology: Morphology) -> list[Seen]:
    """What fits; where that holds something of granules, all that is told of them for sure, for it is one phrase."""
    fitting = list(morphology.fitting)
    if any(one.key in GRANULES for one in fitting):
        fitting += [one for one in morphology.seen if one.key in GRANULES and one.sure and not one.against]
    return fitting


def _name(key: str) -> str:
    return next(one.name for one in ATTRIBUTES if one.key == key)


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.005 else "fewer than 1 %" if share > 0 else "none"
