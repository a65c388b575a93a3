"""Figures in words."""

import pytest

from app.shared import words
from core.evaluation.intervals import Interval, wilson


@pytest.mark.parametrize(
    ("probability", "said"),
    [(1.0, ">99 %"), (0.9949, ">99 %"), (0.97, "97 %"), (0.5, "50 %"), (0.004, "<1 %"), (0.0, "<1 %")],
)
def test_a_model_is_never_said_to_be_certain(probability, said):
    assert words.percent(probability).replace("\u00a0", " ") == said


def test_a_rate_has_no_more_digits_than_its_interval_deserves():
    assert words.rate(wilson(2542, 2570)).replace("\u00a0", " ") == "98.9 % (98.4 to 99.2)"
    assert words.rate(wilson(40, 50)).replace("\u00a0", " ") == "80 % (67 to 89)"
    assert words.rate(Interval(0.99992, 0.9998, 1.0)).replace("\u00a0", " ") == "99.99 % (99.98 to 100.00)"


def test_what_is_not_known_is_said_to_be():
    assert words.rate(wilson(0, 0)) == "not known"
    assert words.bounds(Interval(0.5, float("nan"), float("nan"))) == "no interval"


def test_a_file_name_is_no_markup():
    assert words.plain("a_b*[c](d).png") == r"a\_b\*\[c\]\(d\).png"


def test_lists_and_articles():
    assert words.join(["a"]) == "a"
    assert words.join(["a", "b", "c"]) == "a, b and c"
    assert words.article("Immature granulocyte") == "an immature granulocyte"
    assert words.count(1, "photo") == "1 photo"
    assert words.count(1200, "photo") == "1,200 photos"
