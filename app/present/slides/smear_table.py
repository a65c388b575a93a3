"""The count in figures."""

from collections.abc import Iterator

import pandas as pd

from app.present.content import Slide, SlideTable
from app.present.registry import MAKERS, Maker
from app.present.subject import Subject
from core.differential import method, wording
from core.differential.columns import page_views


def make(subject: Subject) -> Iterator[Slide]:
    """None where the photos allow no count."""
    smear, count = subject.smear.smear, subject.smear.count
    if not count.gate.shows("counts"):
        return
    views = page_views(count)
    table = pd.DataFrame([{view.head: view.text(row, smear.vocabulary) for view in views} for row in count.rows])
    yield Slide(
        title=wording.more_sentence(count),
        body=SlideTable(table),
        caption="Limits: chance alone, as in Rümke's table.",
        notes=" ".join(method.method_sentences(smear, count)),
    )


MAKERS.add(Maker("smear-table", 41, make))
