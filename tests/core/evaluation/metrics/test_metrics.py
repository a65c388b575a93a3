"""Every metric by hand on a 3 x 3 case, and each of the registry against its reference on what hypothesis thinks of.

A new metric has a line in CLASS_REFERENCES, OVERALL_REFERENCES or PROBABILITY_REFERENCES, or in WITHOUT its reason.
"""

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from core.evaluation.confusion import confusion_matrix, outcomes
from core.evaluation.metrics.accuracy import accuracy
from core.evaluation.metrics.auc import class_areas
from core.evaluation.metrics.calibration import brier, ece, negative_log_likelihood
from core.evaluation.metrics.f1 import f1
from core.evaluation.metrics.precision import precision
from core.evaluation.metrics.registry import CLASS_METRICS, OVERALL_METRICS, ClassMetric
from core.evaluation.metrics.sensitivity import balanced_accuracy, sensitivity
from core.evaluation.metrics.specificity import specificity

# By hand: rows true, columns predicted; 10, 8 and 2 cells.
HAND = np.array([[7, 2, 1], [1, 6, 1], [0, 1, 1]])

unhurried = settings(deadline=None, max_examples=60)  # scikit-learn's first call is slow

Labels = npt.NDArray[np.intp]
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


def macro(counts: npt.NDArray[np.int64]) -> dict[str, float]:
    """The averages over the classes of one confusion matrix, by name."""
    metrics = {name: metric for name, metric in OVERALL_METRICS.items() if metric.mean_of is not None}
    return {name: float(metric.of_confusion(counts)) for name, metric in metrics.items() if metric.of_confusion}


def test_hand_worked_case_per_class() -> None:
    o = outcomes(HAND)
    assert o.tp.tolist() == [7, 6, 1]
    assert o.fn.tolist() == [3, 2, 1]
    assert o.fp.tolist() == [1, 3, 2]
    assert o.tn.tolist() == [9, 9, 16]
    assert sensitivity(HAND) == pytest.approx([7 / 10, 6 / 8, 1 / 2])
    assert specificity(HAND) == pytest.approx([9 / 10, 9 / 12, 16 / 18])
    assert precision(HAND) == pytest.approx([7 / 8, 6 / 9, 1 / 3])
    assert f1(HAND) == pytest.approx([14 / 18, 12 / 17, 2 / 5])


def test_hand_worked_case_over_all() -> None:
    assert accuracy(HAND) == pytest.approx(14 / 20)
    assert balanced_accuracy(HAND) == pytest.approx((0.7 + 0.75 + 0.5) / 3)
    averages = macro(HAND)
    assert averages["recall"] == pytest.approx(0.65)
    assert averages["precision"] == pytest.approx((7 / 8 + 2 / 3 + 1 / 3) / 3)
    assert averages["specificity"] == pytest.approx((0.9 + 0.75 + 8 / 9) / 3)
    assert averages["f1"] == pytest.approx((7 / 9 + 12 / 17 + 0.4) / 3)


def test_confusion_counts_rows_true_columns_predicted() -> None:
    assert confusion_matrix([0, 0, 2], [0, 1, 2], 3).tolist() == [[1, 1, 0], [0, 0, 0], [0, 0, 1]]


def test_a_class_that_does_not_occur_is_undefined_not_zero() -> None:
    counts = confusion_matrix([0, 0, 1], [0, 1, 1], 3)
    assert np.isnan(sensitivity(counts)).tolist() == [False, False, True]
    assert np.isnan(precision(counts)).tolist() == [False, False, True]
    assert np.isnan(f1(counts)).tolist() == [False, False, True]
    assert specificity(counts)[2] == 1.0
    assert macro(counts)["recall"] == pytest.approx(0.75)


def test_never_naming_a_class_is_not_rewarded() -> None:
    counts = np.array([[9, 0], [1, 0]])
    assert math.isnan(precision(counts)[1])
    assert f1(counts)[1] == 0.0
    assert macro(counts)["precision"] == pytest.approx(0.45)


def test_without_cells_everything_is_undefined() -> None:
    counts = confusion_matrix([], [], 3)
    assert counts.sum() == 0
    assert math.isnan(accuracy(counts))
    assert math.isnan(balanced_accuracy(counts))
    assert np.isnan(specificity(counts)).all()
    assert all(math.isnan(v) for v in macro(counts).values())
    none = np.empty((0, 3))
    assert np.isnan(class_areas(none, [])).all()
    assert all(math.isnan(f(none, [])) for f in (ece, brier, negative_log_likelihood))


def per_class(name: str) -> Callable[[Labels, Labels, int], npt.ArrayLike]:
    """scikit-learn's precision, recall or F-measure of each of k classes."""
    place = ("precision", "recall", "f1").index(name)
    return lambda true, predicted, k: reference.precision_recall_fscore_support(
        true, predicted, labels=range(k), zero_division=np.nan
    )[place]


def recall_of_the_others(true: Labels, predicted: Labels, k: int) -> npt.ArrayLike:
    """Specificity is the recall of all that is not the class."""
    return [
        reference.recall_score(true != i, predicted != i, zero_division=np.nan) if (true != i).any() else np.nan
        for i in range(k)
    ]


def averaged(name: str) -> Callable[[Labels, Labels, int], npt.ArrayLike]:
    """scikit-learn's macro average over the classes that occur."""
    place = ("precision", "recall", "f1").index(name)
    return lambda true, predicted, k: reference.precision_recall_fscore_support(
        true, predicted, labels=np.unique(true), average="macro", zero_division=0
    )[place]


def quiet_balanced_accuracy(true: Labels, predicted: Labels, k: int) -> npt.ArrayLike:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a class predicted that does not occur
        return reference.balanced_accuracy_score(true, predicted)


def mean_of_specificities(true: Labels, predicted: Labels, k: int) -> npt.ArrayLike:
    return np.mean(np.asarray(recall_of_the_others(true, predicted, k))[np.unique(true)])


CLASS_REFERENCES: dict[str, Callable[[Labels, Labels, int], npt.ArrayLike]] = {
    "sensitivity": per_class("recall"),
    "specificity": recall_of_the_others,
    "precision": per_class("precision"),
    "f1": per_class("f1"),
}
OVERALL_REFERENCES: dict[str, Callable[[Labels, Labels, int], npt.ArrayLike]] = {
    "accuracy": lambda true, predicted, k: reference.accuracy_score(true, predicted),
    "balanced_accuracy": quiet_balanced_accuracy,
    "precision": averaged("precision"),
    "recall": averaged("recall"),
    "specificity": mean_of_specificities,
    "f1": averaged("f1"),
}
PROBABILITY_REFERENCES: dict[str, Callable[[npt.NDArray[np.float64], Labels], float]] = {
    # scikit-learn halves the two-class score unless told not to.
    "brier": lambda p, truth: reference.brier_score_loss(np.eye(p.shape[1], dtype=int)[truth], p, scale_by_half=False),
    "likelihood": lambda p, truth: reference.log_loss(truth, p, labels=range(p.shape[1])),
    "ece": lambda p, truth: slow_ece(p, truth, 15),
    "auc": lambda p, truth: slow_mean_area(p, truth),
}
WITHOUT: dict[str, str] = {}
"""Metrics of the registry that nothing stands beside, with the reason."""


def test_every_metric_has_a_reference_or_a_reason() -> None:
    of_confusion = {name for name, metric in CLASS_METRICS.items() if isinstance(metric, ClassMetric)}
    assert of_confusion <= {*CLASS_REFERENCES, *WITHOUT}
    assert set(OVERALL_METRICS) <= {*OVERALL_REFERENCES, *PROBABILITY_REFERENCES, *WITHOUT}


@unhurried
@given(labelled())
def test_a_confusion_matrix_equals_scikit_learns(case: Labelled) -> None:
    true, predicted, k = case
    counts = confusion_matrix(true, predicted, k)
    assert (counts == reference.confusion_matrix(true, predicted, labels=range(k))).all()
    assert counts.sum(axis=1).tolist() == np.bincount(true, minlength=k).tolist()


@pytest.mark.parametrize("name", CLASS_REFERENCES)
@unhurried
@given(case=labelled())
def test_a_metric_of_a_class_equals_its_reference(name: str, case: Labelled) -> None:
    metric = CLASS_METRICS[name]
    assert isinstance(metric, ClassMetric)
    figures = metric.function(confusion_matrix(*case))
    np.testing.assert_allclose(figures, np.asarray(CLASS_REFERENCES[name](*case), dtype=float))


@pytest.mark.parametrize("name", OVERALL_REFERENCES)
@unhurried
@given(case=labelled())
def test_an_overall_metric_equals_its_reference(name: str, case: Labelled) -> None:
    metric = OVERALL_METRICS[name].of_confusion
    assert metric is not None
    assert float(metric(confusion_matrix(*case))) == pytest.approx(OVERALL_REFERENCES[name](*case), nan_ok=True)


@pytest.mark.parametrize("name", PROBABILITY_REFERENCES)
@unhurried
@given(case=answered())
def test_a_metric_of_probabilities_equals_its_reference(name: str, case: Answered) -> None:
    metric = OVERALL_METRICS[name].of_probabilities
    assert metric is not None
    assert metric(*case) == pytest.approx(PROBABILITY_REFERENCES[name](*case), nan_ok=True)


@unhurried
@given(labelled())
def test_intervals_of_a_class_hold_its_figure(case: Labelled) -> None:
    counts = confusion_matrix(*case)
    for metric in CLASS_METRICS.values():
        if isinstance(metric, ClassMetric) and metric.interval is not None:
            figures = [metric.interval(outcomes(counts).of_class(number)) for number in range(case[2])]
            np.testing.assert_allclose([figure.value for figure in figures], metric.function(counts))
            assert all(figure.low <= figure.value <= figure.high for figure in figures if figure.value == figure.value)


@unhurried
@given(labelled(), st.randoms(use_true_random=False))
def test_a_stack_of_matrices_gives_what_each_gives_alone(case: Labelled, random: Any) -> None:
    true, predicted, k = case
    other = np.array(random.sample(predicted.tolist(), len(predicted)))
    one, two = confusion_matrix(true, predicted, k), confusion_matrix(true, other, k)
    stack = np.stack([one, two])
    for metric in CLASS_METRICS.values():
        if isinstance(metric, ClassMetric):
            np.testing.assert_array_equal(
                metric.function(stack), np.stack([metric.function(one), metric.function(two)]), metric.name
            )
    for overall in OVERALL_METRICS.values():
        if (of := overall.of_confusion) is not None:
            np.testing.assert_array_equal(of(stack), [of(one), of(two)], overall.name)


@unhurried
@given(answered())
def test_auc_equals_the_share_of_pairs_in_order(case: Answered) -> None:
    p, truth = case
    areas = class_areas(p, truth)
    for i, area in enumerate(areas):
        inside, outside = p[truth == i, i], p[truth != i, i]
        if len(inside) and len(outside):
            gap = inside[:, None] - outside[None, :]
            assert area == pytest.approx(((gap > 0) + (gap == 0) / 2).mean())
        else:
            assert math.isnan(area)


def test_a_sure_wrong_answer_stays_finite() -> None:
    assert negative_log_likelihood([[1.0, 0.0]], [1]) == pytest.approx(36.04, abs=0.01)
    assert brier([[1.0, 0.0]], [1]) == 2.0


def slow_mean_area(p: npt.NDArray[np.float64], truth: Labels) -> float:
    """The mean over the classes, each against the others, of scikit-learn's area under the ROC curve."""
    both = [number for number in range(p.shape[1]) if 0 < (truth == number).sum() < len(truth)]
    areas = [reference.roc_auc_score(truth == number, p[:, number]) for number in both]
    return float(np.mean(areas)) if areas else math.nan


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
    assert ece(p, truth, bins) == pytest.approx(slow_ece(p, truth, bins), abs=1e-12)


def test_ece_of_equal_bins_without_ties() -> None:
    """Four images, two bins: (.55 right, .65 wrong) and (.8 right, .9 right)."""
    confidence = np.array([0.9, 0.55, 0.8, 0.65])
    p = np.stack([confidence, 1 - confidence], axis=1)
    expected = (abs(0.5 - 0.6) + abs(1.0 - 0.85)) / 2
    assert ece(p, [0, 0, 0, 1], bins=2) == pytest.approx(expected)


def test_ece_knows_the_perfect_the_overconfident_and_the_honest() -> None:
    sure = np.tile([1.0, 0.0], (10, 1))
    assert ece(sure, [0] * 10) == 0.0
    assert ece(sure, [1] * 10) == 1.0
    honest = np.tile([0.7, 0.3], (10, 1))
    assert ece(honest, [0] * 7 + [1] * 3) == pytest.approx(0.0)
    assert ece(honest, [0] * 5 + [1] * 5) == pytest.approx(0.2)


@unhurried
@given(answered(), st.randoms(use_true_random=False))
def test_the_order_of_images_changes_nothing(case: Answered, random: Any) -> None:
    p, truth = case
    order = random.sample(range(len(p)), len(p))
    k = p.shape[1]
    assert (
        confusion_matrix(truth, p.argmax(axis=1), k) == confusion_matrix(truth[order], p[order].argmax(axis=1), k)
    ).all()
    figures = [metric.of_probabilities for metric in OVERALL_METRICS.values() if metric.of_probabilities is not None]
    assert {ece, brier, negative_log_likelihood} <= set(figures)
    for figure in figures:
        assert figure(p, truth) == pytest.approx(figure(p[order], truth[order]), abs=1e-12, nan_ok=True)


@pytest.mark.parametrize(
    ("true", "predicted"),
    [([0, 3], [0, 0]), ([0, -1], [0, 0]), ([0.0, 1.0], [0, 1]), ([0], [0, 1]), ([[0]], [[0]])],
    ids=["too large", "negative", "not whole", "different lengths", "not a row"],
)
def test_confusion_refuses_what_are_not_class_numbers(true: Any, predicted: Any) -> None:
    with pytest.raises(ValueError, match=r"class numbers|predicted ones"):
        confusion_matrix(true, predicted, 3)


def test_wrong_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="confusion matrix"):
        accuracy(np.zeros((2, 3)))
    with pytest.raises(ValueError, match="labels"):
        brier([[0.5, 0.5]], [0, 1])
    with pytest.raises(ValueError, match="bin"):
        ece([[0.5, 0.5]], [0], bins=0)
    with pytest.raises(ValueError, match="probabilities"):
        brier([0.5, 0.5], [0, 1])
