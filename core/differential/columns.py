"""The columns of a differential, each declared once: the page, the command, the printed report, JSON and FHIR take from
here what they show of a class.

A new column is one entry of COLUMNS, and where it is not worked out yet, a field of
`core.differential.counts.DifferentialRow`.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.differential import wording
from core.differential.counts import Differential, DifferentialRow
from core.differential.gate import Level
from core.differential.limits import outward
from core.differential.reference_intervals import ReferenceInterval
from core.evaluation.intervals import Interval, Rate
from core.labels import LabelSpace


@dataclass(frozen=True)
class Whisker:
    """A share with its interval, to be drawn over the reference interval. figure: of 0..1; reference: in percent."""

    figure: Interval | Rate
    reference: ReferenceInterval | None


@dataclass(frozen=True, kw_only=True)
class View:
    """A column in one place. text: what stands in the row of a class. total: in the row of all white cells.

    place: columns of a lower one stand before, those of the same one in the order of COLUMNS.
    """

    head: str
    text: Callable[[DifferentialRow, LabelSpace], Any]
    total: Callable[[Differential], str] = lambda count: ""
    place: int = 0


@dataclass(frozen=True, kw_only=True)
class PrintedView(View):
    """A column of the report, where a text may be a Whisker. head: {most} stands for the end of the whiskers' scale.

    width: share of the page's width. number: whether it lines up to the right.
    """

    width: float
    number: bool = False


Coded = int | float | tuple[float, float]
"""What FHIR has of a column: a count, percent, or a range in percent, of which an infinite end is left out."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One thing that is told of each class; a view that is None: it is not shown there.

    level: how far a count has to pass its gate for this to be shown. data: by the key in JSON. coded: by the text of a
    FHIR component, after the value itself.
    """

    name: str
    level: Level
    page: View | None = None
    command: View | None = None
    report: PrintedView | None = None
    data: Mapping[str, Callable[[DifferentialRow], Any]] = field(default_factory=dict)
    coded: Mapping[str, Callable[[DifferentialRow], Coded]] = field(default_factory=dict)


def interval_data(figure: Interval | Rate | None, scale: float = 1) -> dict[str, float | None] | None:
    """A figure with its ends as JSON has them: rounded, what is not finite as null."""
    if figure is None:
        return None
    parts = {"value": figure.value, "low": figure.low, "high": figure.high}
    return {name: round(scale * part, 4) if math.isfinite(part) else None for name, part in parts.items()}


def _name(row: DifferentialRow, space: LabelSpace) -> str:
    return wording.plural(space, row.key)


def _cells(row: DifferentialRow, space: LabelSpace) -> str:
    return f"{row.cells:,}"


def _whole(count: Differential) -> str:
    return f"{count.noun.capitalize()}s"


def _white(count: Differential) -> str:
    return f"{count.white:,}"


def _limits(row: DifferentialRow, space: LabelSpace) -> str:
    return wording.limits(row.share)


def _reference(row: DifferentialRow, space: LabelSpace) -> str:
    return wording.usual(row)


def _flag(row: DifferentialRow, space: LabelSpace) -> str:
    return wording.FLAG_WORDS[row.flag]


def _corrected(row: DifferentialRow, *, sign: bool) -> str:
    return wording.percent(row.allowing, sign=sign) if row.allowing else "–"


def _corrected_interval(row: DifferentialRow, space: LabelSpace) -> str:
    return wording.bounds(row.allowing) if row.allowing else "–"


def _corrected_with_interval(row: DifferentialRow, space: LabelSpace) -> str:
    return f"{_corrected(row, sign=False)} ({_corrected_interval(row, space)})" if row.allowing else "–"


COLUMNS: tuple[Column, ...] = (
    Column(
        name="class",
        level="closed",
        page=View(head="Class", text=_name),
        command=View(head="class", text=_name, total=_whole),
        report=PrintedView(head="Class", text=_name, total=_whole, width=0.21),
        data={"class": lambda row: row.key},
    ),
    Column(
        name="cells",
        level="closed",
        page=View(head="Cells", text=lambda row, space: row.cells),
        command=View(head="cells", text=_cells, total=_white),
        report=PrintedView(head="Cells", text=_cells, total=_white, width=0.07, number=True),
        data={"cells": lambda row: row.cells},
        coded={"Cells counted": lambda row: row.cells},
    ),
    Column(
        name="by_person",
        level="closed",
        page=View(head="Named by a person", text=lambda row, space: row.by_person, place=1),
        data={"by_person": lambda row: row.by_person},
        coded={"Cells named by a person": lambda row: row.by_person},
    ),
    Column(
        name="doubtful",
        level="closed",
        page=View(head="In doubt", text=lambda row, space: row.doubtful, place=1),
        data={"doubtful": lambda row: row.doubtful},
    ),
    Column(
        name="share",
        level="open",
        page=View(head="Share", text=lambda row, space: wording.percent(row.share)),
        command=View(head="%", text=lambda row, space: wording.percent(row.share, sign=False)),
        report=PrintedView(
            head="%",
            text=lambda row, space: wording.percent(row.share, sign=False),
            total=lambda count: "100",
            width=0.06,
            number=True,
        ),
        data={"percent": lambda row: interval_data(row.share, 100)},
        coded={"Share of the cells counted": lambda row: 100 * row.share.value},
    ),
    Column(
        name="limits",
        level="counts",
        page=View(head="Limits", text=_limits),
        command=View(head="95 % (chance)", text=_limits),
        report=PrintedView(head="Limits", text=_limits, width=0.085, number=True),
        data={"rumke": lambda row: list(outward(row.share))},
        coded={"Exact binomial 95 % limits of that share, rounded outward": lambda row: outward(row.share)},
    ),
    Column(
        name="corrected",
        level="open",
        page=View(head="Corrected", text=lambda row, space: _corrected(row, sign=True)),
        command=View(head="corrected", text=lambda row, space: _corrected(row, sign=False)),
        report=PrintedView(head="Corrected", text=_corrected_with_interval, width=0.145, number=True),
        data={"corrected_percent": lambda row: interval_data(row.allowing, 100)},
    ),
    Column(
        name="interval",
        level="open",
        page=View(head="Interval", text=_corrected_interval),
        command=View(head="95 %", text=_corrected_interval),
        coded={"95 % interval of the value": lambda row: (100 * row.judged.low, 100 * row.judged.high)},
    ),
    Column(
        name="reference",
        level="open",
        page=View(head="Usual", text=_reference),
        command=View(head="usual", text=_reference),
        report=PrintedView(head="Reference", text=_reference, width=0.105, number=True),
        data={"reference": lambda row: [row.reference.low, row.reference.high] if row.reference else None},
    ),
    Column(
        name="whisker",
        level="counts",
        report=PrintedView(
            head="0 to {most:.0f} %", text=lambda row, space: Whisker(row.judged, row.reference), width=0.205
        ),
    ),
    Column(
        name="flag",
        level="open",
        page=View(head="Flag", text=_flag),
        command=View(head="flag", text=_flag),
        report=PrintedView(head="Flag", text=_flag, width=0.12),
    ),
    Column(name="flag as data", level="closed", data={"flag": lambda row: row.flag}),
    Column(name="more", level="counts", data={"more_cells": lambda row: row.more}),
)


def shown_columns(count: Differential) -> Iterator[Column]:
    """The columns that the gate of a count lets pass."""
    return (column for column in COLUMNS if count.gate.shows(column.level))


def page_views(count: Differential) -> list[View]:
    """What the page shows, from left to right."""
    return sorted((column.page for column in shown_columns(count) if column.page), key=lambda view: view.place)


def command_views(count: Differential) -> list[View]:
    """What the command prints, from left to right."""
    return sorted((column.command for column in shown_columns(count) if column.command), key=lambda view: view.place)


def report_views(count: Differential) -> list[PrintedView]:
    """What the report prints, from left to right."""
    return sorted((column.report for column in shown_columns(count) if column.report), key=lambda view: view.place)


def row_data(row: DifferentialRow, count: Differential) -> dict[str, Any]:
    """A class as JSON has it; what the gate withholds is null."""
    return {
        key: value(row) if count.gate.shows(column.level) else None
        for column in COLUMNS
        for key, value in column.data.items()
    }


def row_codes(row: DifferentialRow, count: Differential) -> dict[str, Coded]:
    """A class as FHIR has it beside its value: by the text of each component."""
    return {text: value(row) for column in shown_columns(count) for text, value in column.coded.items()}
