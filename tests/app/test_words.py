"""Figures in words."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.shared import words
from app.shared.reading.explanations import worth
from core.evaluation.intervals import Interval, wilson
from core.imaging.windows import Box
from core.inference.reader import Reading
from core.labels import PBC8, Probabilities


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


def reading_of(weights: list[float], verdict: str) -> Reading:
    values = np.array(weights) / sum(weights)
    row = Probabilities(PBC8, values)
    return Reading("a.png", 1, Box(0, 0, 9, 9), "as trained", row, 0.5, verdict, "linear", "ab" * 32)  # type: ignore[arg-type]


@given(
    st.one_of(
        st.lists(st.floats(1e-6, 1), min_size=8, max_size=8),
        st.sampled_from([[1, *[1e-9] * 7], [0.991, 0.009, *[1e-9] * 6], [1.0] * 8, [0.5, 0.5, *[1e-9] * 6]]),
    ),
    st.sampled_from(["answer", "unsure", "unlike"]),
    st.booleans(),
)
def test_the_sentence_on_a_reading_is_a_sentence_whatever_the_probabilities(weights, verdict, drawing):
    reading = reading_of(weights, verdict)
    text = words.explanation(reading, PBC8, drawing=drawing)
    assert text.endswith(".")
    for broken in ("<", ">", "nan", "100", " 0\u00a0%", "  "):
        assert broken not in text
    if verdict != "unlike":
        ranked = reading.probabilities.ranked()
        assert PBC8[ranked[0][0]].name.lower() in text
        assert (PBC8[ranked[1][0]].name.lower() in text) == (ranked[1][1] >= 0.01)


def test_a_class_that_is_all_but_ruled_out_is_not_named():
    sure = reading_of([*[1e-4] * 6, 1, 1e-4], "answer")
    text = words.explanation(sure, PBC8).replace("\u00a0", " ")
    assert text.startswith("The model gives more than 99 % to neutrophil and less than 1 % to every other class.")


@pytest.mark.parametrize(
    ("number", "whole", "sentence"),
    [
        (1, 1, "1 file could not be read"),
        (2, 2, "2 files could not be read"),
        (1, 2, "1 file could not be read; the other one was read"),
        (2, 1202, "2 files could not be read; the other 1,200 were read"),
    ],
)
def test_others_are_spoken_of_only_where_there_are_others(number, whole, sentence):
    assert words.lost(number, whole, "could not be read", "read") == sentence


def around(value: float) -> Interval:
    return Interval(value, value - 0.02, value + 0.02)


@pytest.mark.parametrize(
    ("own", "spot", "sentence"),
    [
        (0.60, 0.40, "does carry the answer"),
        (0.41, 0.40, "no surer than that the cell is in the middle"),
        (0.30, 0.40, "tells less than that the cell is in the middle"),
        (0.11, 0.40, "no better than chance"),
        (0.11, 0.05, "no better than chance"),
    ],
)
def test_a_map_is_worth_no_more_than_it_beats(own, spot, sentence):
    assert sentence in worth(around(own), around(0.1), around(spot))


@given(st.floats(-1, 1), st.floats(-1, 1), st.floats(-1, 1))
def test_a_map_that_a_spot_beats_is_never_said_to_carry_the_answer(own, chance, spot):
    if own <= max(chance, spot):
        assert "does carry" not in worth(around(own), around(chance), around(spot))
