"""Every figure by hand on a 3 x 3 case, and against scikit-learn on whatever hypothesis thinks of."""

import math
import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from core.evaluation import metrics

# By hand: rows true, columns predicted; 10, 8 and 2 cells.
HAND = np.array([[7, 2, 1], [1, 6, 1], [0, 1, 1]])

unhurried = settings(deadline=None, max_examples=60)  # scikit-learn's first call is slow

Labelled = tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], int]
Answered = tuple[npt.NDArray[np.float64], npt.NDArray[np.intp]]


@st.composite
def labelled(draw: st.DrawFn) -> Labelled:
    """True and predicted class numbers of 1 to 60 cells of up to 6 classes, often with classes absent."""
    k = draw(st.integers(2, 6))
    pairs = draw(st.lists(st.tuples(st.integers(0, k - 1), st.integers(0, k - 1)), min_size=1, max_size=60))
    true, predicted = np.array(pairs, dtype=np.intp).T
    return true, predicted, k


@st.composite
def answered(draw: st.DrawFn) -> Answered:
    """Probabilities (N, K) with many ties, and labels (N,)."""
    k, n = draw(st.integers(2, 5)), draw(st.integers(1, 50))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    weights = rng.integers(0, draw(st.sampled_from([2, 4, 1000])), size=(n, k)) + 1e-3
    return weights / weights.sum(axis=1, keepdims=True), rng.integers(0, k, size=n)


def test_hand_worked_case_per_class() -> None:
    o = metrics.outcomes(HAND)
    assert o.tp.tolist() == [7, 6, 1]
    assert o.fn.tolist() == [3, 2, 1]
    assert o.fp.tolist() == [1, 3, 2]
    assert o.tn.tolist() == [9, 9, 16]
    assert metrics.sensitivity(HAND) == pytest.approx([7 / 10, 6 / 8, 1 / 2])
    assert metrics.specificity(HAND) == pytest.approx([9 / 10, 9 / 12, 16 / 18])
    assert metrics.precision(HAND) == pytest.approx([7 / 8, 6 / 9, 1 / 3])
    assert metrics.f1(HAND) == pytest.approx([14 / 18, 12 / 17, 2 / 5])


def test_hand_worked_case_over_all() -> None:
    assert metrics.accuracy(HAND) == pytest.approx(14 / 20)
    assert metrics.balanced_accuracy(HAND) == pytest.approx((0.7 + 0.75 + 0.5) / 3)
    macro = metrics.macro(HAND)
    assert macro.recall == pytest.approx(0.65)
    assert macro.precision == pytest.approx((7 / 8 + 2 / 3 + 1 / 3) / 3)
    assert macro.specificity == pytest.approx((0.9 + 0.75 + 8 / 9) / 3)
    assert macro.f1 == pytest.approx((7 / 9 + 12 / 17 + 0.4) / 3)


def test_confusion_counts_rows_true_columns_predicted() -> None:
    assert metrics.confusion([0, 0, 2], [0, 1, 2], 3).tolist() == [[1, 1, 0], [0, 0, 0], [0, 0, 1]]


def test_a_class_that_does_not_occur_is_undefined_not_zero() -> None:
    counts = metrics.confusion([0, 0, 1], [0, 1, 1], 3)
    assert np.isnan(metrics.sensitivity(counts)).tolist() == [False, False, True]
    assert np.isnan(metrics.precision(counts)).tolist() == [False, False, True]
    assert np.isnan(metrics.f1(counts)).tolist() == [False, False, True]
    assert metrics.specificity(counts)[2] == 1.0
    assert metrics.macro(counts).recall == pytest.approx(0.75)


def test_never_naming_a_class_is_not_rewarded() -> None:
    counts = np.array([[9, 0], [1, 0]])
    assert math.isnan(metrics.precision(counts)[1])
    assert metrics.f1(counts)[1] == 0.0
    assert metrics.macro(counts).precision == pytest.approx(0.45)


def test_without_cells_everything_is_undefined() -> None:
    counts = metrics.confusion([], [], 3)
    assert counts.sum() == 0
    assert math.isnan(metrics.accuracy(counts))
    assert math.isnan(metrics.balanced_accuracy(counts))
    assert np.isnan(metrics.specificity(counts)).all()
    assert all(math.isnan(v) for v in vars(metrics.macro(counts)).values())
    none = np.empty((0, 3))
    assert np.isnan(metrics.one_versus_rest_auc(none, [])).all()
    assert all(math.isnan(f(none, [])) for f in (metrics.ece, metrics.brier, metrics.negative_log_likelihood))


@unhurried
@given(labelled())
def test_confusion_and_ratios_equal_scikit_learn(case: Labelled) -> None:
    true, predicted, k = case
    counts = metrics.confusion(true, predicted, k)
    assert (counts == reference.confusion_matrix(true, predicted, labels=range(k))).all()
    p, r, f, n = reference.precision_recall_fscore_support(true, predicted, labels=range(k), zero_division=np.nan)
    np.testing.assert_allclose(metrics.precision(counts), p)
    np.testing.assert_allclose(metrics.sensitivity(counts), r)
    np.testing.assert_allclose(metrics.f1(counts), f)
    assert counts.sum(axis=1).tolist() == n.tolist()
    assert metrics.accuracy(counts) == pytest.approx(reference.accuracy_score(true, predicted))


@unhurried
@given(labelled())
def test_specificity_is_the_recall_of_all_that_is_not_the_class(case: Labelled) -> None:
    true, predicted, k = case
    expected = [
        reference.recall_score(true != i, predicted != i, zero_division=np.nan) if (true != i).any() else np.nan
        for i in range(k)
    ]
    np.testing.assert_allclose(metrics.specificity(metrics.confusion(true, predicted, k)), expected)


@unhurried
@given(labelled())
def test_macro_averages_equal_scikit_learn_over_the_classes_that_occur(case: Labelled) -> None:
    true, predicted, k = case
    counts = metrics.confusion(true, predicted, k)
    p, r, f, _ = reference.precision_recall_fscore_support(
        true, predicted, labels=np.unique(true), average="macro", zero_division=0
    )
    macro = metrics.macro(counts)
    assert (macro.precision, macro.recall, macro.f1) == pytest.approx((p, r, f))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a class predicted that does not occur
        assert metrics.balanced_accuracy(counts) == pytest.approx(reference.balanced_accuracy_score(true, predicted))


@unhurried
@given(labelled(), st.randoms(use_true_random=False))
def test_a_stack_of_matrices_gives_what_each_gives_alone(case: Labelled, random: Any) -> None:
    true, predicted, k = case
    other = np.array(random.sample(predicted.tolist(), len(predicted)))
    one, two = metrics.confusion(true, predicted, k), metrics.confusion(true, other, k)
    stack = np.stack([one, two])
    for figure in (metrics.sensitivity, metrics.specificity, metrics.precision, metrics.f1):
        np.testing.assert_array_equal(figure(stack), np.stack([figure(one), figure(two)]))
    for figure in (metrics.accuracy, metrics.balanced_accuracy):
        np.testing.assert_array_equal(figure(stack), [figure(one), figure(two)])


@unhurried
@given(answered())
def test_auc_equals_the_share_of_pairs_in_order(case: Answered) -> None:
    p, truth = case
    areas = metrics.one_versus_rest_auc(p, truth)
    for i, area in enumerate(areas):
        inside, outside = p[truth == i, i], p[truth != i, i]
        if len(inside) and len(outside):
            gap = inside[:, None] - outside[None, :]
            assert area == pytest.approx(((gap > 0) + (gap == 0) / 2).mean())
        else:
            assert math.isnan(area)


@unhurried
@given(answered())
def test_brier_and_likelihood_equal_scikit_learn(case: Answered) -> None:
    p, truth = case
    every = range(p.shape[1])
    # scikit-learn halves the two-class score unless told not to.
    expected = reference.brier_score_loss(np.eye(p.shape[1], dtype=int)[truth], p, scale_by_half=False)
    assert metrics.brier(p, truth) == pytest.approx(expected)
    assert metrics.negative_log_likelihood(p, truth) == pytest.approx(reference.log_loss(truth, p, labels=every))


def test_a_sure_wrong_answer_stays_finite() -> None:
    assert metrics.negative_log_likelihood([[1.0, 0.0]], [1]) == pytest.approx(36.04, abs=0.01)
    assert metrics.brier([[1.0, 0.0]], [1]) == 2.0


def slow_ece(p: npt.NDArray[np.float64], truth: npt.NDArray[np.intp], bins: int) -> float:
    """Calibration error written the long way: an image's bin is where the middle of its ties falls."""
    rows = [(max(row), row.tolist().index(max(row)) == t) for row, t in zip(p, truth, strict=True)]
    held: dict[int, list[tuple[float, bool]]] = {}
    for confidence, right in rows:
        below = sum(other < confidence for other, _ in rows)
        equal = sum(other == confidence for other, _ in rows)
        # rows below, and half of the tied ones, out of all; integers keep the edges of bins exact
        held.setdefault((2 * below + equal) * bins // (2 * len(rows)), []).append((confidence, right))
    error = 0.0
    for members in held.values():
        mean_confidence = sum(c for c, _ in members) / len(members)
        share_right = sum(r for _, r in members) / len(members)
        error += len(members) / len(rows) * abs(share_right - mean_confidence)
    return error


@unhurried
@given(answered(), st.integers(1, 20))
def test_ece_equals_the_slow_way(case: Answered, bins: int) -> None:
    p, truth = case
    assert metrics.ece(p, truth, bins) == pytest.approx(slow_ece(p, truth, bins), abs=1e-12)


def test_ece_of_equal_bins_without_ties() -> None:
    """Four images, two bins: (.55 right, .65 wrong) and (.8 right, .9 right)."""
    confidence = np.array([0.9, 0.55, 0.8, 0.65])
    p = np.stack([confidence, 1 - confidence], axis=1)
    expected = (abs(0.5 - 0.6) + abs(1.0 - 0.85)) / 2
    assert metrics.ece(p, [0, 0, 0, 1], bins=2) == pytest.approx(expected)


def test_ece_knows_the_perfect_the_overconfident_and_the_honest() -> None:
    sure = np.tile([1.0, 0.0], (10, 1))
    assert metrics.ece(sure, [0] * 10) == 0.0
    assert metrics.ece(sure, [1] * 10) == 1.0
    honest = np.tile([0.7, 0.3], (10, 1))
    assert metrics.ece(honest, [0] * 7 + [1] * 3) == pytest.approx(0.0)
    assert metrics.ece(honest, [0] * 5 + [1] * 5) == pytest.approx(0.2)


@unhurried
@given(answered(), st.randoms(use_true_random=False))
def test_the_order_of_images_changes_nothing(case: Answered, random: Any) -> None:
    p, truth = case
    order = random.sample(range(len(p)), len(p))
    k = p.shape[1]
    assert (
        metrics.confusion(truth, p.argmax(axis=1), k) == metrics.confusion(truth[order], p[order].argmax(axis=1), k)
    ).all()
    for figure in (metrics.ece, metrics.brier, metrics.negative_log_likelihood):
        assert figure(p, truth) == pytest.approx(figure(p[order], truth[order]), abs=1e-12)


@pytest.mark.parametrize(
    ("true", "predicted"),
    [([0, 3], [0, 0]), ([0, -1], [0, 0]), ([0.0, 1.0], [0, 1]), ([0], [0, 1]), ([[0]], [[0]])],
    ids=["too large", "negative", "not whole", "different lengths", "not a row"],
)
def test_confusion_refuses_what_are_not_class_numbers(true: Any, predicted: Any) -> None:
    with pytest.raises(ValueError, match=r"class numbers|predicted ones"):
        metrics.confusion(true, predicted, 3)


def test_wrong_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="confusion matrix"):
        metrics.accuracy(np.zeros((2, 3)))
    with pytest.raises(ValueError, match="one"):
        metrics.macro(np.zeros((4, 3, 3)))
    with pytest.raises(ValueError, match="labels"):
        metrics.brier([[0.5, 0.5]], [0, 1])
    with pytest.raises(ValueError, match="bin"):
        metrics.ece([[0.5, 0.5]], [0], bins=0)
    with pytest.raises(ValueError, match="probabilities"):
        metrics.brier([0.5, 0.5], [0, 1])
