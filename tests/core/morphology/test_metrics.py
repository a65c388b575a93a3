"""Figures of attributes against scikit-learn."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import balanced_accuracy_score, cohen_kappa_score, f1_score

from core.morphology.attributes import ATTRIBUTES
from core.morphology.metrics import annotator_agreement, attribute_report, kappa
from core.morphology.predictions import AttributePredictions, read_predictions
from tests.core.morphology.conftest import random_answers


@pytest.fixture
def predictions() -> AttributePredictions:
    """200 cells, predicted rightly about half of the time; a second person saw every third of them."""
    rng = np.random.default_rng(3)
    p = random_answers(200)
    values = np.stack([rng.integers(0, len(one.values), 200) for one in ATTRIBUTES], axis=1).astype(np.int8)
    table = pd.DataFrame({"key": [f"{n}.png" for n in range(200)], "label": "monocyte", "split": "test"})
    right = AttributePredictions(table, values, np.full_like(values, -1), p, "ab")
    values = np.where(rng.random(values.shape) < 0.4, right.predicted, values).astype(np.int8)
    second = np.where(np.arange(200)[:, None] % 3 == 0, (values + (rng.random(values.shape) < 0.1)) % 2, -1)
    return AttributePredictions(table, values, second.astype(np.int8), p, "ab")


def test_figures_are_those_of_scikit_learn(predictions):
    report = attribute_report(predictions)
    for number, one in enumerate(report.attributes):
        truth, predicted = predictions.values[:, number], predictions.predicted[:, number]
        assert one.accuracy.value == pytest.approx((truth == predicted).mean())
        assert one.macro_f1.value == pytest.approx(f1_score(truth, predicted, labels=np.unique(truth), average="macro"))
        assert one.balanced_accuracy.value == pytest.approx(balanced_accuracy_score(truth, predicted))
        assert one.macro_f1.low < one.macro_f1.value < one.macro_f1.high
    assert report.mean_accuracy.value == pytest.approx((predictions.values == predictions.predicted).mean())
    assert report.mean_f1.value == pytest.approx(np.mean([one.macro_f1.value for one in report.attributes]))
    assert report.mean_accuracy.low < report.mean_accuracy.value < report.mean_accuracy.high


def test_what_is_sure_is_counted_apart(predictions):
    report = attribute_report(predictions, np.full(11, 0.9)).attributes[0]
    sure = predictions.confidence[:, 0] >= 0.9
    assert report.sure.value == pytest.approx(sure.mean())
    assert report.right_when_sure.value == pytest.approx((predictions.values == predictions.predicted)[sure, 0].mean())


def test_agreement_is_on_the_cells_that_both_saw(predictions):
    person, own = annotator_agreement(predictions)
    rows = np.arange(200) % 3 == 0
    for number, (second, model) in enumerate(zip(person, own, strict=True)):
        first = predictions.values[rows, number]
        assert second.n == model.n == rows.sum()
        assert second.agree.value == pytest.approx((first == predictions.second[rows, number]).mean())
        assert model.kappa.value == pytest.approx(cohen_kappa_score(first, predictions.predicted[rows, number]))


def test_kappa_is_unknown_where_chance_always_agrees():
    assert np.isnan(kappa([[5, 0], [0, 0]]))
    assert kappa([[5, 0], [0, 5]]) == 1


def test_a_table_survives_storage(predictions, tmp_path):
    predictions.write(tmp_path / "attributes.parquet")
    again = read_predictions(tmp_path / "attributes.parquet")
    assert (again.predicted == predictions.predicted).all()
    assert again.probabilities == pytest.approx(predictions.probabilities, abs=1e-3)
    assert (again.second == predictions.second).all()
    assert again.sha256 == "ab"
    assert list(again.table["key"]) == list(predictions.table["key"])
