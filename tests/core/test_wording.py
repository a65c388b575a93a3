"""Lists and numbers of things in English."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation.intervals import wilson
from core.wording import (
    NOT_KNOWN,
    SPACE,
    count_of,
    digits,
    join_words,
    milliseconds,
    portion,
    probability,
    probability_in_words,
)

SHARES = st.one_of(st.sampled_from([0.0, 0.0004, 0.009, 0.01, 0.5, 0.99, 0.991, 0.999, 1.0]), st.floats(0, 1))


@pytest.mark.parametrize(
    ("parts", "sentence"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_words_are_joined_as_a_sentence_has_them(parts: list[str], sentence: str) -> None:
    assert join_words(parts) == sentence


def test_the_last_word_of_a_list_may_be_another() -> None:
    assert join_words(("ant", "bee"), "or") == "ant or bee"


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 photos"), (1, "1 photo"), (2, "2 photos"), (1200, "1,200 photos")]
)
def test_things_are_counted_in_the_right_number(number: int, words: str) -> None:
    assert count_of(number, "photo") == words.replace(" ", SPACE)


def test_a_plural_may_be_given() -> None:
    assert count_of(3, "piece of dirt", "pieces of dirt") == f"3{SPACE}pieces of dirt"


@given(SHARES)
def test_a_model_is_never_said_to_be_certain_of_anything(value: float) -> None:
    assert re.fullmatch(r"(>99|<1|[1-9]\d?)\u00a0%", probability(value))
    assert re.fullmatch(r"(more than 99|less than 1|[1-9]\d?)\u00a0%", probability_in_words(value))
    figure = float(re.search(r"\d+", probability(value)).group())  # type: ignore[union-attr]
    assert abs(100 * value - figure) <= 1


@given(SHARES)
def test_all_and_none_are_said_only_of_all_and_none(value: float) -> None:
    assert (portion(value) == f"100{SPACE}%") == (value == 1)
    assert (portion(value) == f"0{SPACE}%") == (value == 0)


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_measured_share_is_called_all_or_none_only_where_it_is(counted: tuple[int, int]) -> None:
    right, n = counted
    rate = wilson(right, n)
    places = digits(rate.value, rate.low, rate.high)
    assert 0 <= places <= 2
    if places < 2:  # beyond, no digits are left to tell it
        assert (float(f"{100 * rate.value:.{places}f}") in (0, 100)) == (right in (0, n))


@pytest.mark.parametrize("word", [probability, probability_in_words, portion, milliseconds])
def test_what_is_not_known_is_said_to_be(word) -> None:
    assert word(math.nan) == NOT_KNOWN


@pytest.mark.parametrize(
    ("value", "words"),
    [(0, "0 ms"), (0.814, "0.81 ms"), (2.37, "2.4 ms"), (74.49, "74 ms"), (89.65, "90 ms"), (999.4, "1 s")],
)
def test_a_duration_has_two_figures(value: float, words: str) -> None:
    assert milliseconds(value) == words.replace(" ", SPACE)


@given(st.floats(0.001, 1e6))
def test_a_duration_is_right_to_a_twentieth(value: float) -> None:
    figure, unit = milliseconds(value).split(SPACE)
    assert float(figure) * {"ms": 1, "s": 1000}[unit] == pytest.approx(value, rel=0.051)
