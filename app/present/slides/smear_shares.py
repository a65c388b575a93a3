"""The share of each class of white cells."""

from collections.abc import Iterator
from math import isnan

from app.present.content import Slide
from app.present.looks import TONES
from app.present.registry import MAKERS, Maker
from app.present.subject import Subject
from app.shared import words
from app.shared.plots import Intervals, Series
from core.differential import wording
from core.differential.counts import Differential
from core.differential.smear import Smear


def make(subject: Subject) -> Iterator[Slide]:
    """None where the photos allow no count."""
    smear, count = subject.smear.smear, subject.smear.count
    if not count.gate.shows("counts") or not count.white:
        return
    rows = [row for row in count.rows if not isnan(row.judged.value)]
    names = tuple(f"{wording.plural(smear.vocabulary, row.key)} ({row.cells:,})" for row in rows)
    series = Series(
        "Share", (TONES["accent"], "circle"), tuple(row.judged for row in rows), tuple(row.cells == 0 for row in rows)
    )
    chart = Intervals("Share of the white cells", names, (series,), legend=False)
    yield Slide(
        title=_title(smear, count),
        lead=" ".join(wording.against_usual(smear, count)[:2]),
        body=chart,
        caption=f"Marks: share of the white cells; lines: 95{words.SPACE}% intervals. A small count has long lines. In "
        "brackets: cells.",
        notes=f"{chart.alt} {wording.more_sentence(count)}",
    )


def _title(smear: Smear, count: Differential) -> str:
    """Which class is the commonest, unless several are."""
    most = max(row.cells for row in count.rows)
    names = [wording.plural(smear.vocabulary, row.key).lower() for row in count.rows if row.cells == most]
    if len(names) > 1:
        return f"Of {count.white:,} white cells {words.join(names)} are equally common: {most:,} of each."
    share = "Most" if 2 * most > count.white else "The commonest"
    return f"{share} white cells here are {names[0]}: {most:,} of {count.white:,}."


MAKERS.add(Maker("smear-shares", 31, make))
