"""Whether the model is wrong rather where it is unsure."""

from collections.abc import Iterator

import numpy as np

from app.present.content import Headline, Slide
from app.present.registry import MAKERS, Maker
from app.present.subject import Subject
from app.shared import words
from core.evaluation.intervals import Rate, wilson

LEAST = 0.1
"""The share of its answers that is looked at as the least sure."""


def make(subject: Subject) -> Iterator[Slide]:
    """None of a model that makes no mistake."""
    shown = subject.shown
    name = shown.first.name
    table = shown.together.predictions[name]
    by_sureness = np.argsort(-table.probabilities.max(axis=1), kind="stable")
    right = (table.labels == table.predicted)[by_sureness]
    wrong = int((~right).sum())
    if not wrong:
        return
    surer, least = right[: len(right) // 2], right[-max(1, round(LEAST * len(right))) :]
    among = int((~surer).sum())
    yield Slide(
        title=f"Of the {words.count(wrong, 'mistake')} of {name}, {among or 'none'} {'are' if among > 1 else 'is'} "
        "among the surer half of its answers.",
        body=(
            _headline(surer, "of the surer half of its answers"),
            _headline(least, f"of the least sure {100 * LEAST:.0f}{words.SPACE}% of its answers"),
        ),
        caption="So an answer without confidence is worth a second look, on cells like these. A confident one can be "
        "wrong, too.",
        notes="The page Model shows whether its probabilities keep their word.",
    )


def _headline(right: np.ndarray, of: str) -> Headline:
    rate: Rate = wilson(int(right.sum()), len(right))
    return Headline(words.share(rate), f"{of} are right; 95{words.SPACE}% interval {words.bounds(rate)}")


MAKERS.add(Maker("confident", 74, make))
