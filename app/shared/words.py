"""Figures and verdicts in words."""

import math
import re
from typing import TYPE_CHECKING

from app.shared.language import ENGLISH, N_, _, class_in_sentence, class_name, current, joined, number
from core import wording
from core.datasets import source_spec
from core.evaluation.conformal import CERTAINTY, SHOWN, level_name
from core.labels import LabelSpace

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint
    from core.evaluation.intervals import Interval, Rate
    from core.inference.reader import Reading

SPACE = wording.SPACE
join = wording.join_words
percent = wording.probability
article = wording.article
UNLIKE = N_("This does not look like the stained blood cells that this model was trained on.")
HOW_FRAMED = {
    "as trained": N_("framed as in the model's training"),
    "found": N_("found automatically"),
    "given": N_("set by hand"),
}
VERDICTS = {"answer": N_("Answer"), "unsure": N_("Unsure"), "unlike": N_("Unlike its training cells")}


def plain(text: str) -> str:
    """Text that Markdown shows as it stands, such as the name of a file."""
    return re.sub(r"([\\`*_{}\[\]()#+\-!|<>~$:])", r"\\\1", text)


def unmarked(text: str) -> str:
    """Markdown as plain text, for slides: without stars for bold."""
    return text.replace("**", "")


def rate(figure: "Rate | Interval") -> str:
    """A measured figure in percent with its interval, in no more digits than the interval deserves."""
    if math.isnan(figure.value):
        return wording.NOT_KNOWN
    return f"{share(figure)} ({bounds(figure)})"


def share(figure: "Rate | Interval") -> str:
    if math.isnan(figure.value):
        return wording.NOT_KNOWN
    return f"{number(100 * figure.value, _digits(figure))}{SPACE}%"


def bounds(figure: "Rate | Interval") -> str:
    """The interval alone: "98.4 to 99.3"."""
    if math.isnan(figure.low):
        return _("no interval")
    digits = _digits(figure)
    return _("{low} to {high}", low=number(100 * figure.low, digits), high=number(100 * figure.high, digits))


def _digits(figure: "Rate | Interval") -> int:
    return wording.digits(figure.value, figure.low, figure.high)


def megabytes(size: int) -> str:
    millions = size / 1e6
    return f"{millions:.1f}{SPACE}MB" if millions < 10 else f"{millions:.0f}{SPACE}MB"


def short(figure: float) -> str:
    """A large number in few letters: "11.2M"."""
    for size, letter in ((1e9, "B"), (1e6, "M"), (1e3, "K")):
        if figure >= size:
            return f"{figure / size:.3g}{letter}"
    return f"{figure:.3g}"


def count(number: int, singular: str, plural: str = "") -> str:
    """ "1 photo", "1,200 photos"."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def lost(number: int, whole: int, problem: str, done: str) -> str:
    """ "1 file could not be read; the other 2 were read": of the whole, as far as there is more of it."""
    others = whole - number
    rest = f"the other{f' {others:,} were' if others > 1 else ' one was'} {done}" if others else ""
    return f"{count(number, 'file')} {problem}{f'; {rest}' if rest else ''}"


def laboratory(source: str, lab: str) -> str:
    """ "Hospital Clínic Barcelona (PBC)"."""
    short = source_spec(source).short
    return lab if lab.startswith(short) else f"{lab} ({short})"


def source_line(checkpoint: "Checkpoint") -> str:
    """Which model said so, and what it is not for."""
    card = checkpoint.card
    return f"{plain(card.name)} · {card.sha256[:6]} · {card.intended_use}"


def lowered(sentence: str) -> str:
    """A sentence that goes on after a colon."""
    return sentence[0].lower() + sentence[1:]


def likeliest(reading: "Reading", number: int) -> list[str]:
    """Keys of the likeliest classes, the likeliest first."""
    return [key for key, _probability in reading.probabilities.ranked()[:number]]


def headline(reading: "Reading", space: LabelSpace) -> str:
    """The first line about a cell: the class, or why no class is named."""
    if reading.verdict == "unlike":
        return _(UNLIKE)
    names = [class_in_sentence(space[key]) for key in possible(reading)]
    if doubted(reading):
        named = names if len(names) > 1 else [class_in_sentence(space[key]) for key in likeliest(reading, 2)]
        return _("Unsure: {classes}", classes=joined(named, either=True))
    if len(names) > 1:
        return joined([class_name(space[reading.label]), *names[1:]], either=True)
    return f"{class_name(space[reading.label])}, {percent(reading.confidence)}"


def in_list(reading: "Reading", space: LabelSpace) -> str:
    """The headline where there is no room for a sentence."""
    return _(VERDICTS["unlike"]) if reading.verdict == "unlike" else headline(reading, space)


LEAST_NAMED = 0.01
"""A class of a smaller probability is not named in a sentence."""

MOST_NAMED = 2
"""A prediction set of more classes is no answer."""


def doubted(reading: "Reading") -> bool:
    """Whether no class is named: it is unlike or unsure, or its prediction set holds no class or too many."""
    return reading.verdict != "answer" or not 1 <= len(possible(reading)) <= MOST_NAMED


def possible(reading: "Reading") -> list[str]:
    """Keys of the classes that cannot be left out if 99 in a hundred sets are to hold the right one.

    The likeliest first; it alone where the model has no prediction sets, and none where no class is likely enough.
    """
    levels = reading.sets.get(SHOWN)
    return list(levels[level_name(CERTAINTY)]) if levels else [reading.label]


def explanation(reading: "Reading", space: LabelSpace, *, drawing: bool = False) -> str:
    """What the headline means, in a sentence or two; of a drawing nobody is told that it looks right."""
    if reading.verdict == "unlike":
        return _("So no class is named. If it is a stained blood cell, check that it fills the middle of the box.")
    return f"{_given(reading, space)} {_what_follows(reading, space, drawing=drawing)}"


def _what_follows(reading: "Reading", space: LabelSpace, *, drawing: bool) -> str:
    """What the probabilities mean, where a class may be named."""
    names = [class_in_sentence(space[key]) for key in possible(reading)]
    if reading.verdict == "unsure" or len(names) > MOST_NAMED:
        return _("That is not sure enough for an answer: please look for yourself.")
    if not names:
        return _("No class is likely enough to be named: please look for yourself.")
    if len(names) > 1:
        return _(
            "To hold the right class 99 times in a hundred, its answer has to include {classes}.",
            classes=joined(names[1:], either=True),
        )
    if drawing:
        return _("It takes this drawing for a photograph, which it should not.")
    return _("By its own measure, the picture resembles those it was trained on.")


def _given(reading: "Reading", space: LabelSpace) -> str:
    """What the model gives to the two likeliest classes, or to one and all others, in a sentence."""
    next_most = reading.probabilities.ranked()[1][1]
    first, second = (
        (_probability(reading.probabilities[key]), class_in_sentence(space[key])) for key in likeliest(reading, 2)
    )
    if next_most < LEAST_NAMED:
        second = _probability(next_most), _("every other class")
    return _(
        "The model gives {share} to {first_class} and {next_share} to {next_class}.",
        share=first[0],
        first_class=first[1],
        next_share=second[0],
        next_class=second[1],
    )


def _probability(probability: float) -> str:
    """A probability within a sentence: "more than 99 %"; with a sign in place of the words where they are foreign."""
    return wording.probability_in_words(probability) if current() == ENGLISH else percent(probability)


def spoken(reading: "Reading", space: LabelSpace) -> str:
    """All probabilities as text, for those who cannot see the chart."""
    parts = [
        f"{class_name(space[key])} {percent(reading.probabilities[key])}" for key in likeliest(reading, len(space))
    ]
    return _("Probabilities: {classes}.", classes=", ".join(parts))
