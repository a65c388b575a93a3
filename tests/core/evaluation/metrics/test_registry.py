"""What a metric must obey is told when it is registered, in a sentence; and one new file is all that one takes."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from core.evaluation.intervals import Interval
from core.evaluation.metrics.registry import (
    CLASS_METRICS,
    OVERALL_METRICS,
    ClassMetric,
    OverallMetric,
    confusion_metrics,
    ranking_metrics,
    shown_in,
)
from core.evaluation.metrics.sensitivity import sensitivity
from core.evaluation.report import evaluate, with_ranking
from core.registry import RegistrationError
from tests.core.evaluation.tables import drawn

FACTS: dict[str, Any] = {"name": "hit_rate", "order": 99, "title": "Hit rate", "meaning": "The share that is hit."}


def test_the_lists_begin_as_pages_and_commands_show_them() -> None:
    """In this order; what is added comes after."""
    lists = {
        ("sensitivity", "specificity", "precision", "f1"): confusion_metrics(),
        ("auc",): ranking_metrics(),
        ("accuracy", "balanced_accuracy", "precision", "recall", "specificity", "f1", "ece"): shown_in("report"),
        ("accuracy", "recall", "specificity", "f1", "ece"): shown_in("tables"),
        ("accuracy", "balanced_accuracy", "precision", "recall", "f1"): shown_in("folds"),
        ("accuracy", "precision", "recall", "specificity", "f1", "auc"): shown_in("studies"),
    }
    for names, metrics in lists.items():
        assert tuple(metrics)[: len(names)] == names
    titles = [metric.title for metric in CLASS_METRICS.values()]
    assert titles[:5] == ["Sensitivity", "Specificity", "Precision", "F1", "AUC"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": "Hit rate"}, "small letters"),
        ({"title": ""}, "Give it a title"),
        ({"meaning": "the share"}, "in a sentence"),
        ({"low": 1.0}, "from low to high"),
        ({"high": 0.6}, "outside 0 to 0.6"),
        ({"function": lambda confusion: np.zeros(3)}, r"\(3,\) figures where \(2, 3\)"),
        ({"name": "f1"}, "Two of the kind class metric"),
    ],
)
def test_a_metric_of_a_class_that_cannot_be_shown_is_refused(changes: dict[str, Any], sentence: str) -> None:
    before = list(CLASS_METRICS)
    with pytest.raises(RegistrationError, match=sentence):
        CLASS_METRICS.add(ClassMetric(**{**FACTS, "function": sensitivity, **changes}))
    assert list(CLASS_METRICS) == before


@pytest.mark.parametrize(
    ("functions", "sentence"),
    [
        ({}, "one function"),
        ({"of_confusion": lambda c: 0.5, "of_probabilities": lambda p, t: 0.5}, "one function"),
        ({"of_confusion": sensitivity}, r"\(2, 3\) figures where \(2,\)"),
        ({"of_probabilities": lambda p, t: 2.0}, "outside 0 to 1"),
        ({"of_probabilities": lambda p, t: 0.5, "interval": "bootstrap"}, "no interval"),
    ],
)
def test_an_overall_metric_that_cannot_be_shown_is_refused(functions: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RegistrationError, match=sentence):
        OVERALL_METRICS.add(OverallMetric(**FACTS, **functions))


def test_a_new_metric_is_in_every_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a class without an interval of its own, and overall: each in the report, with the bootstrap where asked."""
    miss = ClassMetric(**{**FACTS, "name": "miss_rate"}, function=lambda confusion: 1 - sensitivity(confusion))
    hits = OverallMetric(**FACTS, of_confusion=lambda c: np.nanmean(sensitivity(c), axis=-1), interval="bootstrap")
    monkeypatch.setitem(CLASS_METRICS._entries, "miss_rate", miss)
    monkeypatch.setitem(OVERALL_METRICS._entries, "hit_rate", hits)
    table = drawn(1)
    report = evaluate(table, name="tiny", architecture="linear", input_size=28, source="drawn", split="test")
    told = report.to_dict()
    assert list(told["per_class"][0])[:6] == ["class", "n", "sensitivity", "specificity", "precision", "f1"]
    assert list(told["per_class"][0])[-2:] == ["miss_rate", "soft"]
    for row in report.per_class:
        assert row["miss_rate"].value == pytest.approx(1 - row["sensitivity"].value)
        assert row["miss_rate"].low < row["miss_rate"].value < row["miss_rate"].high
    assert list(told)[-2:] == ["hit_rate", "per_class"]
    assert told["hit_rate"] == told["balanced_accuracy"]


def test_figures_that_rank_are_added_where_they_are_wanted() -> None:
    table = drawn(1)
    report = evaluate(table, name="tiny", architecture="linear", input_size=28, source="drawn", split="test")
    assert "auc" not in report.per_class[0].figures
    deep = with_ranking(report, table)
    assert list(deep.per_class[0].figures) == [*report.per_class[0].figures, "auc"]
    assert isinstance(deep.per_class[0]["auc"], Interval)
    assert deep.figures == report.figures


def test_metrics_need_neither_torch_nor_anything_slow() -> None:
    program = (
        "import sys; from core.evaluation.metrics.registry import CLASS_METRICS, OVERALL_METRICS; "
        "len(CLASS_METRICS), len(OVERALL_METRICS); "
        "print([m for m in ('torch', 'streamlit', 'app', 'sklearn', 'scipy.stats') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
