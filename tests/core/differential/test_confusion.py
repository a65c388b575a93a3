"""A classifier's confusion, and counts that allow for it."""

import math

import numpy as np
import pytest

from core.differential import confusion
from core.differential.confusion import Confusion, corrected, true_shares
from core.differential.limits import exact
from core.evaluation.results.predictions import Predictions

KEYS = ("a", "b", "c")
PERFECT = Confusion(KEYS, np.eye(3, dtype=np.int64) * 10**6)
LEANING = Confusion(KEYS, np.array([[80, 20, 0], [0, 100, 0], [0, 0, 100]]))


def test_counts_are_of_validation_cells_that_were_answered():
    told = Predictions.from_arrays(
        source="s",
        lab="l",
        split="val",
        keys=["1", "2", "3", "4"],
        labels=["a", "a", "b", "b"],
        classes=["a", "b"],
        probabilities=[[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [0.9, 0.1]],
        distance=[0.5, float("nan"), 0.9, 1.2],
    )
    found = Confusion.of(told)
    assert found.counts.tolist() == [[1, 1], [0, 1]]
    assert found.rates.tolist() == [[0.5, 0.5], [0, 1]]


def test_a_class_without_cells_is_taken_to_be_called_right():
    empty = Confusion(KEYS, np.array([[4, 1, 0], [0, 0, 0], [0, 0, 5]]))
    assert empty.rates[1].tolist() == [0, 1, 0]
    drawn = empty.drawn(np.random.default_rng(0), 3)
    assert (drawn[:, 1] == [0, 1, 0]).all()
    assert drawn.sum(axis=2) == pytest.approx(1)
    assert (drawn[:, 0, 2] > 0).all()  # never seen, and still possible


def test_a_confusion_of_another_form_is_refused():
    with pytest.raises(ValueError, match="3 × 3"):
        Confusion(KEYS, np.eye(2, dtype=np.int64))


@pytest.mark.parametrize("truth", [[0.5, 0.3, 0.2], [0.02, 0.08, 0.9], [0, 0.5, 0.5]])
def test_true_shares_undo_a_known_confusion(truth):
    said = np.array(truth) @ LEANING.rates
    assert true_shares(said, LEANING.rates) == pytest.approx(truth, abs=1e-4)


def test_shares_never_fall_below_nothing():
    # Fewer b than the confusion of a alone would make: inverting the matrix gives a negative share.
    found = true_shares(np.array([0.9, 0.05, 0.05]), LEANING.rates)
    assert (np.linalg.solve(LEANING.rates.T, [0.9, 0.05, 0.05]) < 0).any()
    assert (found >= 0).all()
    assert found.sum() == pytest.approx(1)


@pytest.mark.parametrize(("model", "person"), [([3, 40, 57], [0, 0, 0]), ([1, 20, 30], [2, 20, 27])])
def test_of_a_classifier_without_mistakes_it_is_the_exact_interval(model, person, monkeypatch):
    monkeypatch.setattr(confusion, "DRAWS", 4_000)
    found = corrected(PERFECT, model, person, target=0, among=[0, 1, 2])
    sure = exact(3, 100)
    assert (found.value, found.low, found.high) == pytest.approx((sure.value, sure.low, sure.high), abs=0.006)


def test_the_share_moves_to_where_the_confusion_points_and_its_interval_widens():
    found = corrected(LEANING, [40, 40, 20], [0, 0, 0], target=0, among=[0, 1, 2])
    sure = exact(40, 100)
    assert found.value == pytest.approx(0.5, abs=0.001)
    assert found.low < found.value < found.high
    assert found.high - found.low > sure.high - sure.low


def test_what_a_person_named_is_taken_as_it_is():
    assert corrected(LEANING, [0, 0, 0], [40, 40, 20], target=0, among=[0, 1, 2]).value == pytest.approx(0.4)


def test_a_share_among_some_classes_leaves_out_the_others():
    found = corrected(PERFECT, [10, 30, 60], [0, 0, 0], target=0, among=[0, 1])
    assert found.value == pytest.approx(0.25, abs=1e-4)
    with pytest.raises(ValueError, match="not among"):
        corrected(PERFECT, [1, 1, 1], [0, 0, 0], target=2, among=[0, 1])


def test_of_no_cells_nothing_is_known():
    assert math.isnan(corrected(PERFECT, [0, 0, 9], [0, 0, 0], target=0, among=[0, 1]).value)


def test_the_interval_holds_the_truth_as_often_as_it_says(monkeypatch):
    monkeypatch.setattr(confusion, "DRAWS", 100)
    rng = np.random.default_rng(5)
    truth, rates = np.array([0.3, 0.6, 0.1]), np.array([[0.8, 0.15, 0.05], [0.1, 0.88, 0.02], [0.05, 0.05, 0.9]])
    held = []
    for _ in range(40):
        measured = Confusion(KEYS, np.array([rng.multinomial(80, row) for row in rates]))
        said = rng.multinomial(150, truth @ rates)
        found = corrected(measured, said, [0, 0, 0], target=0, among=[0, 1, 2], seed=int(rng.integers(1_000)))
        held.append(found.low <= truth[0] <= found.high)
    assert np.mean(held) >= 0.9
