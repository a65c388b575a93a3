"""The best model against each of the others, corrected for comparing several."""

from collections.abc import Iterator

import pandas as pd

from app.present.content import Slide, SlideTable
from app.present.registry import MAKERS, Maker
from app.present.subject import Subject
from app.shared import words
from app.shared.figures import significance
from core.evaluation.comparison import UNLIKELY, compare, holm


def make(subject: Subject) -> Iterator[Slide]:
    """None of a single model."""
    shown = subject.shown
    first, *others = shown.ranked
    if not others:
        return
    predictions = shown.together.predictions
    pairs = {name: compare(predictions[first], predictions[name]) for name in others}
    corrected = dict(zip(pairs, holm([pair.overall.p for pair in pairs.values()]), strict=True))
    beaten = [name for name in others if corrected[name] < UNLIKELY]
    table = pd.DataFrame(
        {
            "Compared with": name,
            f"Only {first} is right": f"{pair.overall.only_a:,}",
            "Only the other is right": f"{pair.overall.only_b:,}",
            "Difference": significance.difference(pair.overall.difference),
            f"p{', corrected' * (len(others) > 1)}": significance.p_value(corrected[name]).removeprefix("= "),
        }
        for name, pair in pairs.items()
    )
    if not beaten:
        title = f"The lead of {first} over {words.join(others)} may well be chance."
    else:
        rest = [name for name in others if name not in beaten]
        tail = f"; over {words.join(rest)} it may be" if rest else ""
        title = f"The lead of {first} over {words.join(beaten)} is more than chance{tail}."
    yield Slide(
        title=title,
        lead=significance.sentence(first, others[0], pairs[others[0]], shown.space),
        body=SlideTable(table),
        caption=f"Difference in percentage points with its 95{words.SPACE}% interval. p: how often luck alone would "
        "split the cells at least this unevenly.",
        notes="McNemar's exact test" + (", corrected by Holm for comparing several models." if others[1:] else "."),
    )


MAKERS.add(Maker("chance", 50, make))
