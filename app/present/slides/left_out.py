"""Each laboratory as networks read it that never saw it."""

from collections.abc import Iterator

from app.present import strangers
from app.present.content import Slide
from app.present.registry import MAKERS, Maker
from app.present.subject import Subject
from app.shared import charts, words
from app.shared.plots import UNKNOWN, Intervals, Series


def make(subject: Subject) -> Iterator[Slide]:
    """None without records of more than one way of training."""
    recorded = strangers.recorded()
    if len(recorded) < 2:
        return
    published, plain = recorded[strangers.PUBLISHED], recorded[strangers.PLAIN]
    labs = list(dict.fromkeys([*published.labs, *plain.labs]))
    series = tuple(
        Series(
            name,
            charts.style(place),
            tuple(way.labs.get(lab, UNKNOWN) for lab in labs),
            (False,) * len(labs),
        )
        for place, (name, way) in enumerate({"Mixed stains": published, "Usual training": plain}.items())
    )
    rows = tuple(f"{published.names.get(lab, lab)}: {published.cells.get(lab, 0):,}" for lab in labs)
    chart = Intervals("Cells found of laboratories never seen", rows, series, legend=True)
    apart = published.mean.low > plain.mean.high
    yield Slide(
        title=f"Of a laboratory never seen, training on mixed stains finds {words.share(published.mean)}, the usual "
        f"training {words.share(plain.mean)}{'' if apart else '; the intervals overlap'}.",
        body=chart,
        caption=f"Marks: mean share of a class's cells that are found; lines: 95{words.SPACE}% intervals; behind each "
        "laboratory its cells. No network learned from the last.",
        notes=f"{chart.alt} Averages: {words.rate(published.mean)} and {words.rate(plain.mean)}.",
    )


MAKERS.add(Maker("left-out", 92, make))
