"""Charts of pairs, curves and thresholds, and the sentences beside them."""

import math

import numpy as np
import pytest

from app.compare import curve_charts, pairwise, threshold
from app.shared import words
from app.shared.figures import significance
from core.evaluation.comparison import compare
from core.evaluation.curves import curve
from core.evaluation.operating_points import operate
from core.labels import PBC8
from tests.app.conftest import predictions
from tests.core.evaluation.tables import answered

STYLES = {"a": ("#1f9aa3", "x"), "b": ("#1f9aa3", "square"), "c": ("#b0508a", "x")}


def pair(labels: list[str], a: list[str], b: list[str]):
    return compare(answered(labels, a, PBC8.keys), answered(labels, b, PBC8.keys))


CELLS = ["basophil"] * 40 + ["monocyte"] * 40


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (CELLS, CELLS, "a and b give the same answers."),
        (["ig", *CELLS[1:]], ["platelet", *CELLS[1:]], "right on the same ones: these cells show no difference."),
        (CELLS, ["ig", *CELLS[1:]], "a is right on 1 that b misses and wrong on 0 that b gets: the difference may"),
        (["ig", *CELLS[1:]], CELLS, "b is right on 1 that a misses and wrong on 0 that a gets: the difference may"),
        (CELLS, ["ig"] * 12 + CELLS[12:], "unlikely to be chance (p < .001); it lies in basophils."),
        (["ig"] * 12 + CELLS[12:], CELLS, "unlikely to be chance (p < .001); it lies in basophils."),
        (
            ["ig"] * 12 + CELLS[12:],
            CELLS[:-12] + ["ig"] * 12,
            "each right on 12 that the other misses: no difference overall, but a is better at monocytes and "
            "b is better at basophils.",
        ),
        (
            CELLS[:-10] + ["ig"] * 10,
            ["ig"] * 35 + CELLS[35:],
            "it lies in basophils, while b is better at monocytes.",
        ),
        (["ig"] * 3 + CELLS[3:-3] + ["ig"] * 3, ["ig"] * 7 + CELLS[7:-7] + ["ig"] * 7, "no single class shows it."),
    ],
)  # fmt: skip
def test_the_sentence_says_no_more_than_the_figures(a, b, expected):
    told = significance.sentence("a", "b", pair(CELLS, a, b), PBC8).replace("\u00a0", " ")
    assert told.startswith("On these 80 cells ")
    assert expected in told


def test_the_table_of_a_pair_marks_what_is_not_known():
    found = pair(CELLS, CELLS, ["ig"] * 12 + CELLS[12:])
    table = pairwise.table_of("a", "b", found, PBC8).set_index("Class")
    assert table.loc["Basophil", "Difference"].startswith("+30.0 (+")
    assert table.loc["Monocyte", "Difference"] == "+0.0"
    assert table.loc["Platelet", "Difference"] == "not known"
    assert table.loc["Platelet", "p, corrected"] == ""


def test_differences_are_filled_where_chance_hardly_explains_them():
    found = [one for one in pair(CELLS, CELLS, ["ig"] * 12 + CELLS[12:]).per_class if one.n]
    figure = pairwise.differences(found, PBC8)
    assert [trace.marker.symbol for trace in figure.data] == ["circle", "circle-open"]
    assert [trace.marker.color for trace in figure.data] == [PBC8["basophil"].colour, PBC8["monocyte"].colour]
    low, high = figure.layout.xaxis.range
    assert low == -high


def test_curves_of_one_colour_differ_by_their_dashes():
    told = predictions(0.8).select(split="test")
    curves = {name: curve(told, "basophil") for name in STYLES}
    figure = curve_charts.roc(curves, STYLES)
    looks = {(trace.line.color, trace.line.dash) for trace in figure.data}
    assert len(looks) == 3
    assert len({(t.line.color, t.line.dash) for t in curve_charts.precision_recall(curves, STYLES).data}) == 3


@pytest.mark.parametrize("right", [0.1, 0.6, 0.99, 1.1])
def test_the_point_lies_inside_the_chart(right):
    told = predictions(right).select(split="test")
    one = curve(told, "basophil")
    for cut in (0.001, 0.5, 0.999):
        point = operate(told, "basophil", cut, 0.1)
        figure = curve_charts.roc({"a": one}, STYLES, point)
        (x,), (y,) = figure.data[-1].x, figure.data[-1].y
        assert figure.layout.xaxis.range[0] <= x <= figure.layout.xaxis.range[1]
        assert figure.layout.yaxis.range[0] <= y <= figure.layout.yaxis.range[1]


def test_precision_begins_where_the_first_cells_are_called_so():
    labels = ["basophil", "basophil", "monocyte"]
    one = curve(answered(labels, labels, PBC8.keys), "basophil")
    (trace,) = curve_charts.precision_recall({"a": one}, STYLES).data
    assert not np.isnan(np.array(trace.y, dtype=float)).any()
    assert trace.y[0] == 1


def test_a_thousand_cells_in_words():
    labels = ["basophil"] * 50 + ["monocyte"] * 50
    said = ["basophil"] * 45 + ["monocyte"] * 5 + ["basophil"] * 5 + ["monocyte"] * 45
    point = operate(answered(labels, said, PBC8.keys), "basophil", 0.5, 0.02)
    told = threshold.in_words("it", point, PBC8["basophil"])
    assert told.startswith("Of 1,000 cells of which 20 are basophils, it calls 116 so: 18 rightly and 98 wrongly.")
    assert "It misses 2." in told
    assert "a probability of 16\u00a0% (" in told


def test_areas_are_told_in_percent_and_perfect_ones_without_interval():
    labels = ["basophil"] * 5 + ["monocyte"] * 5
    perfect = curve(answered(labels, labels, PBC8.keys), "basophil")
    assert words.rate(perfect.auc) == "100\u00a0% (no interval)"
    absent = curve(answered(labels, labels, PBC8.keys), "platelet")
    assert math.isnan(absent.auc.value)
    assert words.rate(absent.auc) == "not known"
