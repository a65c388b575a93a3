"""How well each class is found."""

from collections.abc import Iterator

from app.present.content import Slide
from app.present.registry import MAKERS, Maker
from app.present.subject import Subject
from app.shared import plots, words
from core.differential import wording


def make(subject: Subject) -> Iterator[Slide]:
    shown = subject.shown
    name = shown.first.name
    rows = [row for row in shown.scored[name].report.per_class if row.n]
    worst = min(rows, key=lambda row: row["sensitivity"].value)
    reports = {name: scored.report.per_class for name, scored in shown.scored.items()}
    chart = plots.sensitivities(reports, shown.styles, shown.space)
    hollow = " Hollow marks rest on fewer than 30 cells." if plots.any_soft(chart) else ""
    found = words.rate(worst["sensitivity"])
    yield Slide(
        title=f"{wording.plural(shown.space, worst.key)} are hardest for {name}: it finds {found} of them."
        if worst["sensitivity"].value < 1
        else f"{name} finds every cell of every class here.",
        body=chart,
        caption=f"Marks: share of a class's cells that is called so; lines: 95{words.SPACE}% intervals; behind each "
        f"class how many cells there are.{hollow}",
        notes=chart.alt,
    )


MAKERS.add(Maker("classes", 60, make))
