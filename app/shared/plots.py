"""What a chart shows, apart from how it is drawn: on the screen (curve_charts) or on paper (print_charts)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.shared import words
from app.shared.charts import Style
from core.evaluation.intervals import Interval, Rate
from core.evaluation.report import ClassReport
from core.labels import LabelSpace

UNKNOWN = Interval(float("nan"), float("nan"), float("nan"))


@dataclass(frozen=True)
class Series:
    """One mark for each row of a chart. hollow: rows whose figure rests on few cells."""

    name: str
    style: Style
    figures: tuple[Rate | Interval, ...]
    hollow: tuple[bool, ...]


@dataclass(frozen=True)
class Intervals:
    """Figures from 0 to 1 with their intervals: a row for each thing, in it a mark for each series."""

    what: str
    rows: tuple[str, ...]
    series: tuple[Series, ...]
    legend: bool

    @property
    def alt(self) -> str:
        figures = [
            f"{f'{series.name}, ' if self.legend else ''}{row}: {words.rate(figure)}"
            for series in self.series
            for row, figure in zip(self.rows, series.figures, strict=True)
            if not np.isnan(figure.value)
        ]
        return f"{self.what}. {'; '.join(figures)}."

    @property
    def lowest(self) -> float:
        """Where the axis begins: the tenth below the lowest interval's end."""
        ends = [figure.low for series in self.series for figure in series.figures if not np.isnan(figure.value)]
        return max(0.0, float(np.floor(min(ends, default=0.0) * 10) / 10))


@dataclass(frozen=True)
class Matrices:
    """Confusion matrices beside each other, in shares of the true class. counts: (K, K) each, rows true."""

    names: tuple[str, ...]
    counts: tuple[np.ndarray, ...]
    space: LabelSpace
    alt: str


def accuracies(figures: Mapping[str, Rate], styles: Mapping[str, Style]) -> Intervals:
    """A row for each model, in the order given."""
    names = tuple(figures)
    series = tuple(
        Series(name, styles[name], _at(names.index(name), figures[name], len(names)), (False,) * len(names))
        for name in names
    )
    return Intervals("Right answers", names, series, legend=False)


def _at(place: int, figure: Rate, length: int) -> tuple[Rate | Interval, ...]:
    return tuple(figure if number == place else UNKNOWN for number in range(length))


def sensitivities(
    reports: Mapping[str, Sequence[ClassReport]], styles: Mapping[str, Style], space: LabelSpace
) -> Intervals:
    """A row for each class that has cells, in it a mark for each model."""
    with_cells = [number for number, report in enumerate(next(iter(reports.values()))) if report.n]
    first = next(iter(reports.values()))
    return Intervals(
        "Sensitivity",
        tuple(f"{space[first[number].key].name} ({first[number].n:,})" for number in with_cells),
        tuple(
            Series(
                name,
                styles[name],
                tuple(classes[number]["sensitivity"] for number in with_cells),
                tuple(classes[number].soft for number in with_cells),
            )
            for name, classes in reports.items()
        ),
        legend=len(reports) > 1,
    )


def any_soft(chart: Intervals) -> bool:
    return any(soft for series in chart.series for soft in series.hollow)


def rows_of(chart: Intervals) -> Iterable[tuple[Series, int, float, Rate | Interval]]:
    """Every mark that is known: its series, its row, how far from the row's middle (in rows), its figure."""
    busy = len(chart.series) if chart.legend else 1
    step = 0.7 / max(busy, 1)
    for number, series in enumerate(chart.series):
        aside = step * (number + 0.5) - 0.35 if chart.legend else 0.0
        for row, figure in enumerate(series.figures):
            if not np.isnan(figure.value):
                yield series, row, aside, figure
