"""Lists and numbers of things in English."""

import pytest

from core.wording import SPACE, count_of, join_words


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
