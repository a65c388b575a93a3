"""Accuracy against cost: the frontier, its sentence, and names that do not cover one another."""

import math
from itertools import combinations

import numpy as np
import pytest

from app.compare import cost_chart
from app.shared import charts, words
from app.shared.figures import costs
from app.shared.figures.costs import Cost, Point, frontier, in_words, label_sides, points, table
from core.evaluation.intervals import wilson

CELLS = 1000


def point(name: str, cost: float, right: int) -> Point:
    return Point(name, cost, wilson(right, CELLS))


FOUND = [
    point("small", 1, 800),
    point("worse", 2, 700),
    point("middle", 3, 900),
    point("dear", 4, 900),
    point("best", 9, 990),
]


def test_the_frontier_holds_whom_no_other_beats():
    assert [one.name for one in frontier(FOUND)] == ["small", "middle", "best"]


def test_models_that_are_alike_are_both_on_the_frontier():
    assert len(frontier([point("a", 1, 900), point("b", 1, 900)])) == 2


def test_the_sentence_names_the_frontier_and_no_other():
    said = in_words(FOUND)
    assert said.startswith("No model here is both cheaper and more accurate than **small**, **middle** or **best**")
    assert "dear" not in said
    assert "cheaper or more accurate than **a**" in in_words([point("a", 1, 900), point("b", 2, 800)])
    assert "Only **a**" in in_words([point("a", 1, 900)])


def test_a_model_of_unknown_cost_is_not_on_the_chart():
    accuracies = {name: wilson(900, CELLS) for name in ("a", "b")}
    known = {"a": Cost(10, math.nan, 2_000_000, math.nan), "b": Cost(5, 7.0, 1_000_000, 3.0)}
    assert [one.name for one in points(known, accuracies, "parameters")] == ["b", "a"]
    assert [one.name for one in points(known, accuracies, "milliseconds")] == ["b"]
    assert [one.cost for one in points(known, accuracies, "size")] == [1.0, 2.0]


@pytest.mark.parametrize("what", list(costs.COSTS))
def test_the_table_says_what_the_chart_shows(what):
    rows = table(FOUND, what).set_index("Model")
    assert list(rows.index[rows["On the line"]]) == ["small", "middle", "best"]
    assert (rows["Low"] <= rows["Accuracy"]).all()
    assert (rows["Accuracy"] <= rows["High"]).all()
    assert rows[costs.COSTS[what][1]].is_monotonic_increasing


def crowd() -> list[Point]:
    rng = np.random.default_rng(3)
    return [
        point(f"a_model_{number}", 10 ** rng.uniform(4, 7.5), int(CELLS * (1 - 10 ** rng.uniform(-2.5, -1))))
        for number in range(18)
    ]


def test_names_cover_neither_one_another_nor_a_point():
    across, upright = cost_chart._ranges(crowd())
    places = {one.name: cost_chart._place(one, across, upright) for one in crowd()}
    assert all(0 <= x <= 1 and 0 <= y <= 1 for x, y in places.values())
    sides = label_sides(places)
    boxes = {}
    for name, side in sides.items():
        if side:
            x, y = (share * pixels for share, pixels in zip(places[name], costs.PHONE, strict=True))
            boxes[name] = costs._label_box(side, x, y, costs.LETTER * len(name))
    assert len(boxes) >= 3
    assert not any(costs._cross(a, b) for a, b in combinations(boxes.values(), 2))


def test_two_points_in_one_place_do_not_both_get_a_name_there():
    sides = label_sides({"first": (0.5, 0.5), "second": (0.5, 0.5)})
    assert sides["first"] != sides["second"] or sides["first"] == ""


def test_the_chart_has_every_model_its_interval_and_the_frontier():
    found = [*crowd(), point("perfect", 5e4, CELLS)]
    styles = charts.model_styles([], {one.name: "ensemble" for one in found})
    figure = cost_chart.against_cost(found, styles, "Parameters")
    line, *models = figure.data
    assert {model.name for model in models} == {one.name for one in found}
    assert all(model.error_y.array[0] >= 0 and model.error_y.arrayminus[0] >= 0 for model in models)
    assert list(line.x) == [one.cost for one in frontier(found)]
    assert figure.layout.xaxis.type == figure.layout.yaxis.type == "log"
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]


def test_the_axis_names_round_figures_within_its_ends():
    assert [words.short(figure) for figure in cost_chart._round_figures((0.2, 1.5))] == ["2", "5", "10", "20"]
    assert [words.short(figure) for figure in cost_chart._round_figures((3.9, 9.1))] == [
        *("10K", "100K", "1M", "10M", "100M", "1B"),
    ]
