"""The report against hand-worked figures, its JSON, and the promises of its intervals."""

import json
import math
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from core.errors import CheckpointError
from core.evaluation.bootstrap import bootstrap, resampled_confusions
from core.evaluation.confusion import confusion_matrix
from core.evaluation.intervals import wilson
from core.evaluation.metrics.registry import OVERALL_METRICS, confusion_metrics, shown_in
from core.evaluation.metrics.sensitivity import balanced_accuracy
from core.evaluation.report import Report, evaluate
from core.evaluation.results.predictions import Predictions

CLASSES = ("basophil", "monocyte", "platelet")
HAND = np.array([[7, 2, 1], [1, 6, 1], [0, 1, 1]])


def table(counts: npt.NDArray[np.int64], classes: Sequence[str] = CLASSES, sure: float = 0.9) -> Predictions:
    """Predictions with this confusion matrix, every answer given with probability `sure`."""
    k = len(classes)
    true, predicted = (cells.repeat(counts.ravel()) for cells in np.divmod(np.arange(k * k), k))
    p = np.full((len(true), k), (1 - sure) / (k - 1))
    p[np.arange(len(true)), predicted] = sure
    return Predictions.from_arrays(
        source="drawn",
        lab="A",
        split="test",
        keys=[f"{i}.png" for i in range(len(true))],
        labels=[classes[i] for i in true],
        classes=classes,
        probabilities=p,
    )


def reported(predictions: Predictions, **changes: str) -> Report:
    where = {"source": "drawn", "split": "test"} | changes
    return evaluate(predictions, name="tiny", architecture="linear", input_size=28, **where)


def test_hand_worked_case() -> None:
    report = reported(table(HAND))
    assert report.n == 20
    assert report.accuracy == wilson(14, 20)
    assert report["ece"].value == pytest.approx(0.9 - 0.7, abs=1e-6)
    for name in ("precision", "recall", "specificity", "f1"):
        mean = OVERALL_METRICS[name].of_confusion
        assert mean is not None
        assert report[name].value == mean(HAND)
    assert report["balanced_accuracy"].value == pytest.approx(0.65)
    first = report.per_class[0]
    assert (first.key, first.n, first.soft) == ("basophil", 10, True)
    assert (first["sensitivity"], first["specificity"], first["precision"]) == (
        wilson(7, 10), wilson(9, 10), wilson(7, 8)
    )  # fmt: skip
    assert first["f1"].value == pytest.approx(7 / 9)


def test_rates_are_the_metrics() -> None:
    report = reported(table(HAND))
    for name, metric in confusion_metrics().items():
        values = [one[name].value for one in report.per_class]
        assert values == pytest.approx(metric.function(HAND))


def test_json_has_exactly_the_agreed_fields() -> None:
    """And the metrics that were added since, each at its place."""
    as_json = json.loads(json.dumps(reported(table(HAND)).to_dict(), allow_nan=False))
    agreed = {"accuracy", "balanced_accuracy", "precision", "recall", "specificity", "f1", "ece"}
    added = {name: metric for name, metric in shown_in("report").items() if name not in agreed}
    assert list(as_json) == [
        "name", "architecture", "input_size", "source", "split", "n", "accuracy", "balanced_accuracy", "macro", "ece",
        *(name for name, metric in added.items() if metric.mean_of is None), "per_class",
    ]  # fmt: skip
    assert list(as_json["accuracy"]) == list(as_json["balanced_accuracy"]) == ["value", "low", "high"]
    means = [name for name, metric in added.items() if metric.mean_of is not None]
    assert list(as_json["macro"]) == ["precision", "recall", "specificity", "f1", *means]
    assert [one["class"] for one in as_json["per_class"]] == list(CLASSES)
    new = [name for name in confusion_metrics() if name not in ("sensitivity", "specificity", "precision", "f1")]
    for one in as_json["per_class"]:
        assert list(one) == ["class", "n", "sensitivity", "specificity", "precision", "f1", *new, "soft"]
        assert list(one["f1"]) == ["value", "low", "high"]


def test_a_class_without_images_is_null_in_json() -> None:
    counts = np.array([[5, 0, 0], [1, 5, 0], [0, 0, 0]])
    absent = json.loads(json.dumps(reported(table(counts)).to_dict(), allow_nan=False))["per_class"][2]
    unknown = {"value": None, "low": 0.0, "high": 1.0}
    assert absent["n"] == 0
    assert absent["soft"] is True
    assert absent["sensitivity"] == absent["precision"] == unknown
    assert absent["specificity"]["value"] == 1.0
    assert absent["f1"] == {"value": None, "low": None, "high": None}


def test_soft_below_thirty_images() -> None:
    counts = np.diag([29, 30, 31])
    assert [one.soft for one in reported(table(counts)).per_class] == [True, False, False]


def test_the_order_of_rows_changes_nothing() -> None:
    predictions = table(HAND)
    shuffled = Predictions(predictions.table.sample(frac=1, random_state=5))
    one, other = reported(predictions).to_dict(), reported(shuffled).to_dict()
    assert one.pop("ece") == pytest.approx(other.pop("ece"), abs=1e-12)
    assert one == other


def test_only_the_asked_split_counts() -> None:
    both = table(HAND).table
    both.loc[both["label"] == "platelet", "split"] = "val"
    assert reported(Predictions(both)).n == 18
    assert reported(Predictions(both), split="val").n == 2
    with pytest.raises(CheckpointError, match="no predictions for"):
        reported(Predictions(both), source="elsewhere")


def test_resampled_matrices_are_the_bootstrap_by_image() -> None:
    """Same spread as drawing the images themselves, through the other path."""
    counts = HAND * 20
    true, predicted = (cells.repeat(counts.ravel()) for cells in np.divmod(np.arange(9), 3))

    def by_image(t: npt.NDArray[np.intp], p: npt.NDArray[np.intp]) -> float:
        return float(balanced_accuracy(confusion_matrix(t, p, 3)))

    slow = bootstrap(by_image, true, predicted)
    quick = reported(table(counts))["balanced_accuracy"]
    assert quick.value == pytest.approx(slow.value)
    assert (quick.low, quick.high) == pytest.approx((slow.low, slow.high), abs=0.01)
    drawn = resampled_confusions(counts)
    assert (drawn.sum(axis=(1, 2)) == counts.sum()).all()
    np.testing.assert_allclose(drawn.mean(axis=0), counts, rtol=0.05, atol=1)


def test_intervals_hold_their_figure() -> None:
    report = reported(table(HAND * 5))
    figures: list[Any] = [report.accuracy, report["balanced_accuracy"]]
    for one in report.per_class:
        figures += [one["sensitivity"], one["specificity"], one["precision"], one["f1"]]
    for figure in figures:
        assert 0 <= figure.low <= figure.value <= figure.high <= 1
        assert not math.isnan(figure.value)


def test_a_whole_test_split_is_evaluated_at_once() -> None:
    """2,570 images of 8 classes in processor time, best of three, since the machine may be busy."""
    rng = np.random.default_rng(6)
    counts = np.diag(rng.multinomial(2400, np.full(8, 1 / 8))) + rng.multinomial(170, np.full(64, 1 / 64)).reshape(8, 8)
    predictions = table(counts, [f"class{i}" for i in range(8)])
    assert len(predictions) == 2570
    took = []
    for _ in range(3):
        begin = time.process_time()
        reported(predictions)
        took.append(time.process_time() - begin)
    assert min(took) < 0.3


def test_evaluation_imports_neither_torch_nor_the_app_nor_anything_slow() -> None:
    program = (
        "import sys; import core.evaluation.report, core.evaluation.intervals; "
        "print([m for m in ('torch', 'streamlit', 'app', 'sklearn', 'scipy.stats') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
