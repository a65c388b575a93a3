"""Accuracy against cost: which models no other beats, and where there is room for a name beside a point."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from app.shared import words
from core.evaluation.intervals import Rate

COSTS = {
    "parameters": ("parameters", "Parameters", "the numbers that were learned"),
    "multiply-adds": ("multiply_adds", "Multiply-adds for one cell", "the arithmetic that one cell takes"),
    "size": ("bytes", "Size on disk in MB", "all files of the model, or of all members of an ensemble"),
    "milliseconds": ("milliseconds", "Milliseconds a cell", "the time a cell takes when many are read together"),
}
"""By what the page calls it: the attribute of Cost, the title of the axis, and what it means."""


@dataclass(frozen=True)
class Cost:
    """What one model takes. multiply_adds: for one cell; milliseconds: a cell; NaN: not known."""

    parameters: int
    multiply_adds: float
    bytes: int
    milliseconds: float


@dataclass(frozen=True)
class Point:
    """A model on the chart. cost: above 0, in the unit of the axis."""

    name: str
    cost: float
    accuracy: Rate


def points(costs: Mapping[str, Cost], accuracies: Mapping[str, Rate], kind: str) -> list[Point]:
    """The models whose cost of this kind is known, the cheapest first, of equals the more accurate first."""
    attribute = COSTS[kind][0]
    scale = 1e-6 if attribute == "bytes" else 1.0
    known_points = [Point(name, scale * getattr(costs[name], attribute), rate) for name, rate in accuracies.items()]
    return sorted(
        (point for point in known_points if point.cost > 0),
        key=lambda point: (point.cost, -point.accuracy.value, point.name),
    )


def frontier(shown_points: Sequence[Point]) -> list[Point]:
    """Those that no other beats: none is as cheap and more accurate, or as accurate and cheaper.

    The cheapest first. Models that are alike in both are all kept.
    """
    return [point for point in shown_points if not any(_beats(other, point) for other in shown_points)]


def _beats(other: Point, point: Point) -> bool:
    no_worse = other.cost <= point.cost and other.accuracy.value >= point.accuracy.value
    return no_worse and (other.cost < point.cost or other.accuracy.value > point.accuracy.value)


def in_words(shown_points: Sequence[Point]) -> str:
    """The frontier as a sentence."""
    names = [f"**{point.name}**" for point in frontier(shown_points)]
    if len(names) == len(shown_points) == 1:
        return f"Only {names[0]} has a known cost of this kind."
    if len(names) == 1:
        return f"No model here is cheaper or more accurate than {names[0]}."
    return (
        f"No model here is both cheaper and more accurate than {words.join(names, 'or')}: the line joins them. Where "
        "two intervals overlap, the difference may be chance."
    )


def table(shown_points: Sequence[Point], kind: str) -> pd.DataFrame:
    """The chart as figures, the cheapest first. Accuracy and its interval in percent."""
    best = {point.name for point in frontier(shown_points)}
    return pd.DataFrame(
        {
            "Model": point.name,
            COSTS[kind][1]: point.cost,
            "Accuracy": 100 * point.accuracy.value,
            "Low": 100 * point.accuracy.low,
            "High": 100 * point.accuracy.high,
            "On the line": point.name in best,
        }
        for point in shown_points
    )


PHONE = (300.0, 300.0)
"""Pixels that the points have to themselves on a phone; names that fit there fit on a wider screen."""

LETTER, LINE, MARK = 7.0, 14.0, 7.0
"""Pixels of a label's letter and line at its size on the chart, and from a point's middle to its edge."""

SIDES = ("top left", "top right", "bottom right", "bottom left", "middle right", "middle left")


def label_sides(places: Mapping[str, tuple[float, float]]) -> dict[str, str]:
    """Where each name goes beside its point so that none covers another name or point; "" where none fits.

    places: by name, the one that matters most first, from 0 to 1 along both axes, the origin at the lower left.
    """
    pixels = {name: (x * PHONE[0], y * PHONE[1]) for name, (x, y) in places.items()}
    taken = {name: (x - MARK, y - MARK, x + MARK, y + MARK) for name, (x, y) in pixels.items()}
    labels: list[tuple[float, float, float, float]] = []
    sides = {}
    for name, (x, y) in pixels.items():
        others = [*labels, *(box for other, box in taken.items() if other != name)]
        boxes = {side: _label_box(side, x, y, LETTER * len(name)) for side in SIDES}
        fits = [s for s, box in boxes.items() if _inside(box) and not any(_cross(box, other) for other in others)]
        sides[name] = fits[0] if fits else ""
        if fits:
            labels.append(boxes[fits[0]])
    return sides


def _label_box(side: str, x: float, y: float, width: float) -> tuple[float, float, float, float]:
    """Left, bottom, right, top in pixels of a label beside the point (x, y)."""
    up, along = side.split()
    bottom = {"top": y + MARK / 2, "middle": y - LINE / 2, "bottom": y - MARK / 2 - LINE}[up]
    left = x - MARK - width if along == "left" else x + MARK
    return left, bottom, left + width, bottom + LINE


def _inside(box: tuple[float, float, float, float]) -> bool:
    return box[0] >= 0 and box[2] <= PHONE[0]


def _cross(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def wrong(share: float, n: int) -> float:
    """The share that is wrong, kept above zero so that it can stand on a scale of powers: half a cell at least."""
    return max(1 - share, 0.5 / n) if not math.isnan(share) else math.nan
