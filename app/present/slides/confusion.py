"""Which classes the best model takes for which."""

from collections.abc import Iterator

import numpy as np

from app.present.content import Slide
from app.present.registry import MAKERS, Maker
from app.present.subject import Subject
from app.shared import plots, words
from app.shared.figures import comparison


def make(subject: Subject) -> Iterator[Slide]:
    shown = subject.shown
    name = shown.first.name
    counts = shown.scored[name].confusion
    mistakes = counts - np.diag(np.diag(counts))
    title = f"{name} makes no mistake on these cells."
    if mistakes.any():
        true, predicted = np.unravel_index(mistakes.argmax(), mistakes.shape)
        a, b = (words.article(shown.space.names[place]) for place in (true, predicted))
        title = (
            f"The most common mistake of {name} is to call {a} {b}: {mistakes[true, predicted]:,} of "
            f"{counts[true].sum():,}."
        )
    alt = comparison.matrix_in_words(name, counts, shown.space)
    yield Slide(
        title=title,
        body=plots.Matrices((name,), (counts,), shown.space, alt),
        caption="Percent of the cells of each true class. On the diagonal are the right answers.",
        notes=alt,
    )


MAKERS.add(Maker("confusion", 70, make))
