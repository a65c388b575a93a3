"""Curves and areas against scikit-learn, and their intervals against the plain bootstrap."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as other

from core.evaluation import ranking
from core.evaluation.bootstrap import bootstrap
from core.evaluation.curves import curve
from core.evaluation.metrics.auc import class_areas
from core.evaluation.ranking import area_interval
from core.evaluation.report import evaluate, with_ranking
from core.evaluation.results.predictions import Predictions
from tests.core.evaluation.tables import CLASSES, answered, drawn


def of_class(table: Predictions, key: str) -> tuple[np.ndarray, np.ndarray]:
    number = table.classes.index(key)
    return table.labels == number, table.probabilities[:, number]


@given(seed=st.integers(0, 10_000), n=st.integers(8, 200), digits=st.sampled_from([1, 2, 6]))
def test_areas_and_curves_equal_scikit_learn(seed: int, n: int, digits: int) -> None:
    table = drawn(seed, n, digits=digits)
    for key in CLASSES:
        truth, scores = of_class(table, key)
        found = curve(table, key)
        if truth.all() or not truth.any():
            assert math.isnan(found.auc.value)
            continue
        assert found.auc.value == pytest.approx(other.roc_auc_score(truth, scores))
        assert found.average_precision.value == pytest.approx(other.average_precision_score(truth, scores))
        alarms, sensitivity, cuts = other.roc_curve(truth, scores, drop_intermediate=False)
        order = [int(np.flatnonzero(cuts == cut)[0]) for cut in found.thresholds]
        assert found.sensitivity == pytest.approx(sensitivity[order])
        assert found.false_alarms == pytest.approx(alarms[order])
        assert other.auc(found.false_alarms, found.sensitivity) == pytest.approx(found.auc.value)


def test_precision_at_every_threshold() -> None:
    table = drawn(5)
    truth, scores = of_class(table, "monocyte")
    found = curve(table, "monocyte")
    assert math.isnan(found.precision[0])
    for cut, precision in zip(found.thresholds[1:], found.precision[1:], strict=True):
        assert precision == pytest.approx(truth[scores >= cut].mean())


def test_areas_are_the_metric() -> None:
    table = drawn(9)
    expected = class_areas(table.probabilities, table.labels)
    assert [area_interval(*table.one_class(key)).value for key in CLASSES] == pytest.approx(expected)


@given(seed=st.integers(0, 10_000), digits=st.sampled_from([1, 2, 6]), right=st.sampled_from([0.3, 0.9]))
def test_counting_cells_together_changes_no_sample(seed: int, digits: int, right: float) -> None:
    """Any sample, given as how often each cell was drawn, has the areas that scikit-learn finds with such weights."""
    table = drawn(seed, 60, right=right, digits=digits)
    truth, scores = of_class(table, "monocyte")
    times = np.random.default_rng(seed).multinomial(60, np.full(60, 1 / 60))
    unit, blocks = ranking.blocks_of(scores, truth)
    for statistic, score in (
        (ranking.roc_area, other.roc_auc_score),
        (ranking.average_precision, other.average_precision_score),
    ):
        merged = ranking._merged(blocks, joins_positives=statistic is ranking.roc_area)
        kinds = merged[unit] * 2 + truth
        sample = np.bincount(kinds, weights=times, minlength=2 * (merged[-1] + 1)).reshape(1, -1, 2)
        assert statistic(sample)[0] == pytest.approx(score(truth, scores, sample_weight=times))


@given(seed=st.integers(0, 10_000), digits=st.sampled_from([2, 6]))
def test_no_point_is_left_out_where_a_curve_bends(seed: int, digits: int) -> None:
    table = drawn(seed, 60, right=0.9, digits=digits)
    truth, scores = of_class(table, "monocyte")
    kept = curve(table, "monocyte").thresholds
    highest_other = scores[~truth].max()
    assert set(scores[truth & (scores <= highest_other)]) <= set(kept)
    assert scores.min() in kept


@pytest.mark.parametrize("right", [0.3, 0.8])
def test_intervals_are_the_bootstrap_by_image(right: float) -> None:
    """Same spread as drawing the images themselves, through the other path."""
    table = drawn(4, n=150, right=right)
    truth, scores = of_class(table, "platelet")
    found = curve(table, "platelet")
    for figure, score in ((found.auc, other.roc_auc_score), (found.average_precision, other.average_precision_score)):
        slow = bootstrap(score, truth, scores, n_resamples=600)
        assert figure.value == pytest.approx(slow.value)
        assert (figure.low, figure.high) == pytest.approx((slow.low, slow.high), abs=0.025)
        assert figure.low < figure.value < figure.high


def test_photos_are_drawn_whole() -> None:
    photos = [f"photo {number % 8}" for number in range(160)]
    truth = np.random.default_rng(0).integers(3, size=160)
    grouped = drawn(4, n=160, groups=photos)
    assert (grouped.labels == truth).all()
    found, alone = curve(grouped, "platelet").auc, curve(drawn(4, n=160), "platelet").auc
    assert found.value == alone.value
    assert (found.low, found.high) != (alone.low, alone.high)
    members, scores = of_class(grouped, "platelet")
    slow = bootstrap(other.roc_auc_score, members, scores, groups=photos, n_resamples=600)
    assert (found.low, found.high) == pytest.approx((slow.low, slow.high), abs=0.025)


def test_a_perfect_area_has_no_interval() -> None:
    labels = [*CLASSES] * 5
    found = curve(answered(labels, labels), "monocyte")
    assert found.auc.value == found.average_precision.value == 1
    assert math.isnan(found.auc.low)
    assert math.isnan(found.average_precision.high)


def test_a_class_without_cells_is_unknown() -> None:
    found = curve(answered(["basophil", "monocyte"], ["basophil", "platelet"]), "platelet")
    assert found.positives == 0
    assert math.isnan(found.auc.value)
    assert math.isnan(found.average_precision.value)
    assert np.isnan(found.sensitivity).all()


def test_an_unknown_class_is_refused() -> None:
    with pytest.raises(ValueError, match="not in tuple"):
        curve(drawn(1), "eosinophil")


def test_areas_join_the_report_and_its_json() -> None:
    table = drawn(2)
    plain = evaluate(table, name="x", architecture="x", input_size=28, source="drawn", split="test")
    report = with_ranking(plain, table)
    assert report.per_class[1]["sensitivity"] == plain.per_class[1]["sensitivity"]
    rows = json.loads(json.dumps(report.to_dict(), allow_nan=False))["per_class"]
    assert rows[1]["auc"]["value"] == curve(table, "monocyte").auc.value
    assert "auc" not in plain.to_dict()["per_class"][1]
