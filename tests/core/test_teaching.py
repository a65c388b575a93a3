"""Rounds of cells to be named: which cells come, what counts as an answer, and how it is scored."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation.comparison import mcnemar
from core.labels import PBC8
from core.teaching import LENGTHS, NONE, Answer, MixUp, Question, RoundProgress, draw, mix_ups, paired_answers, score

NAMES = st.text("abcdefgh-0123456789.", min_size=1, max_size=6)
POOLS = st.dictionaries(st.sampled_from(PBC8.keys), st.lists(NAMES, max_size=12, unique=True), max_size=8)
KEYS = st.sampled_from(PBC8.keys)
MARKED = st.lists(st.tuples(KEYS, st.sampled_from((*PBC8.keys, NONE)), st.sampled_from((*PBC8.keys, NONE))))


def many(each: int = 30) -> dict[str, list[str]]:
    return {kind: [f"{kind}-{number}" for number in range(each)] for kind in PBC8.keys}


@given(POOLS, st.integers(1, 40), st.integers(0, 10**6))
def test_a_round_holds_different_pictures_of_the_pool_and_as_many_as_there_are(pool, n, seed):
    drawn = draw(pool, n, seed)
    assert len(drawn) == min(n, sum(map(len, pool.values())))
    assert len(set(drawn)) == len(drawn)
    assert all(question.name in pool[question.label] for question in drawn)


@given(POOLS, st.integers(1, 40), st.integers(0, 10**6))
def test_no_class_comes_more_than_once_more_often_than_another_that_has_pictures_left(pool, n, seed):
    times = Counter(question.label for question in draw(pool, n, seed))
    for kind, names in pool.items():
        if times[kind] < len(names):
            assert times[kind] >= max(times.values()) - 1


@given(POOLS, st.integers(1, 40), st.integers(0, 10**6), st.randoms())
def test_a_round_does_not_depend_on_the_order_in_which_pictures_are_listed(pool, n, seed, chance):
    listed = [(kind, chance.sample(names, len(names))) for kind, names in pool.items()]
    chance.shuffle(listed)
    assert draw(dict(listed), n, seed) == draw(pool, n, seed)


def test_a_round_is_the_same_in_every_version():
    """If this fails, links that teachers have given out lead to other cells than before."""
    told = [question.name for question in draw(many(), 5, 1)]
    assert told == ["eosinophil-7", "erythroblast-22", "monocyte-6", "neutrophil-12", "lymphocyte-14"]


@pytest.mark.parametrize("n", LENGTHS)
def test_other_seeds_give_other_rounds(n):
    rounds = {draw(many(), n, seed) for seed in range(50)}
    assert len(rounds) == 50


def test_the_truth_cannot_be_told_from_the_order():
    """Every class comes at every place about as often: 400 rounds of 8, so 50 times each, give or take."""
    counts = np.zeros((8, 8), int)
    for seed in range(400):
        for place, question in enumerate(draw(many(3), 8, seed)):
            counts[place, PBC8.index(question.label)] += 1
    assert counts.min() > 25
    assert counts.max() < 80


@pytest.mark.parametrize(("n", "seed"), [(0, 1), (-1, 1), (5, -1)])
def test_what_is_no_round_is_refused(n, seed):
    with pytest.raises(ValueError, match="a round needs"):
        draw(many(), n, seed)


def test_an_answer_stands_once_the_truth_was_shown():
    first, second = Answer("monocyte", 2.0), Answer("ig", 1.0)
    waiting = RoundProgress()
    assert waiting.shown is None
    shown = waiting.answered(0, first)
    assert shown.shown == first
    assert shown.answered(0, second) == shown
    assert shown.answered(1, second) == shown
    turned = shown.next(0)
    assert turned.shown is None
    assert turned.next(0) == turned  # a key that was pressed twice
    assert turned.answered(0, second) == turned
    assert turned.answered(1, second).answers == (first, second)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 4))))
def test_progress_never_skips_a_question_nor_changes_an_answer(steps):
    progress = RoundProgress()
    for turn, number in steps:
        before = progress
        progress = progress.next(number) if turn else progress.answered(number, Answer("ig", float(number)))
        assert progress.answers[: len(before.answers)] == before.answers
        assert 0 <= len(progress.answers) - progress.turned <= 1
        assert [answer.seconds for answer in progress.answers] == list(range(len(progress.answers)))


@given(MARKED)
def test_a_score_counts_every_cell_once(marked):
    truth, said = [one[0] for one in marked], [one[1] for one in marked]
    told = score(truth, said, PBC8.keys)
    assert told.n == len(marked) == told.right + told.wrong + told.withheld
    assert told.right == sum(a == b for a, b in zip(truth, said, strict=True))
    assert told.withheld == said.count(NONE)
    assert told.counts.shape == (8, 9)
    assert {one.key: one.n for one in told.per_class} == Counter(truth)
    for one in told.per_class:
        right = sum(a == b == one.key for a, b in zip(truth, said, strict=True))
        assert one.sensitivity.value == pytest.approx(right / one.n)
        assert one.sensitivity.low <= one.sensitivity.value <= one.sensitivity.high
    assert sum(mix.n for mix in mix_ups(told)) == told.wrong


def test_no_answer_is_not_right_and_mixes_nothing_up():
    told = score(["ig", "ig"], [NONE, "ig"], PBC8.keys)
    assert (told.right, told.wrong, told.withheld) == (1, 0, 1)
    assert told.accuracy.value == 0.5
    assert mix_ups(told) == ()
    assert told.per_class[0].soft
    assert not score(["ig"] * 30, ["ig"] * 30, PBC8.keys).per_class[0].soft


def test_pairs_are_counted_both_ways_round_the_commonest_first():
    truth = ["ig", "monocyte", "ig", "basophil"]
    said = ["monocyte", "ig", "ig", "eosinophil"]
    told = mix_ups(score(truth, said, PBC8.keys))
    assert told == (MixUp("ig", "monocyte", 2), MixUp("basophil", "eosinophil", 1))


@pytest.mark.parametrize(("truth", "said"), [(["x"], ["ig"]), (["ig"], ["x"]), ([NONE], ["ig"]), (["ig"], [])])
def test_a_score_refuses_what_it_cannot_count(truth, said):
    with pytest.raises(ValueError):  # noqa: PT011 - its words differ
        score(truth, said, PBC8.keys)


@given(MARKED)
def test_two_are_set_beside_each_other_cell_by_cell(marked):
    truth, first, second = ([one[place] for one in marked] for place in range(3))
    told = paired_answers(truth, first, second)
    assert told.both + told.only_first == score(truth, first, PBC8.keys).right
    assert told.both + told.only_second == score(truth, second, PBC8.keys).right
    assert told.both + told.only_first + told.only_second + told.neither == len(marked)
    assert told.p == mcnemar(told.only_first, told.only_second)
    assert paired_answers(truth, first, first).only_first == 0


def test_a_question_holds_nothing_but_what_it_is():
    assert draw({"ig": ["a"]}, 20, 3) == (Question("ig", "a"),)
