"""Prediction sets: worked by hand, as MAPIE has them, and true to their promise."""

import numpy as np
import pytest
from mapie.classification import SplitConformalClassifier
from sklearn.base import BaseEstimator, ClassifierMixin

from core.evaluation import conformal

THREE = np.array([[0.7, 0.2, 0.1], [0.4, 0.5, 0.1]])


@pytest.mark.parametrize(
    ("method", "wanted"),
    [
        ("lac", [[0.3, 0.8, 0.9], [0.6, 0.5, 0.9]]),
        ("aps", [[0.0, 0.7, 0.9], [0.5, 0.0, 0.9]]),
        ("raps", [[0.0, 0.8, 1.1], [0.6, 0.0, 1.1]]),
    ],
)
def test_scores_worked_by_hand(method, wanted):
    score, _ = conformal.METHODS[method]
    assert score(THREE) == pytest.approx(np.array(wanted))


@pytest.mark.parametrize(
    ("n", "level", "place"),
    [(9, 0.9, 9), (99, 0.99, 99), (19, 0.9, 18), (8, 0.9, None), (98, 0.99, None), (1, 0.5, 1)],
)
def test_the_threshold_is_the_score_of_that_place(n, level, place):
    """(n + 1) level, rounded up; where there are too few cells no threshold keeps the promise."""
    found = conformal.threshold(np.arange(1, n + 1)[::-1], level)
    assert found == (np.inf if place is None else place)


@pytest.mark.parametrize("level", [0.0, 1.0, 90])
def test_a_level_that_is_none_is_refused(level):
    with pytest.raises(ValueError, match="level"):
        conformal.threshold([0.1], level)


def cells(count: int, seed: int, classes: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities that are true, and labels drawn by them; the first class is rare."""
    rng = np.random.default_rng(seed)
    logits = 2 * rng.normal(size=(count, classes)) - np.array([2.0] + [0.0] * (classes - 1))
    p = np.exp(logits)
    p /= p.sum(1, keepdims=True)
    return p, np.array([rng.choice(classes, p=row) for row in p])


@pytest.mark.parametrize("method", conformal.METHODS)
@pytest.mark.parametrize("level", conformal.LEVELS)
def test_the_promise_is_kept_on_fresh_cells(method, level):
    p, labels = cells(2000, 0)
    fresh, truth = cells(4000, 1)
    limits = conformal.thresholds(p, labels, method, level)
    found = conformal.coverage(conformal.members(fresh, method, limits), truth)
    assert found.held.value == pytest.approx(level, abs=0.015)
    if method == "by class":
        assert all(rate.high > level - 0.05 for rate in found.by_class)


@pytest.mark.parametrize("method", ["aps", "raps"])
def test_adaptive_sets_always_hold_the_likeliest_class(method):
    p, labels = cells(500, 2)
    inside = conformal.members(p, method, conformal.thresholds(p, labels, method, 0.9))
    assert inside[np.arange(len(p)), p.argmax(1)].all()


class Told(ClassifierMixin, BaseEstimator):
    """A classifier whose input is its output."""

    def fit(self, X, y):
        self.classes_ = np.arange(X.shape[1])
        return self

    def predict_proba(self, X):
        return X

    def predict(self, X):
        return X.argmax(1)


class Ones(np.random.RandomState):
    """MAPIE's lottery, always won by the class: we have none."""

    def uniform(self, low=0.0, high=1.0, size=None):
        return np.ones(size)


@pytest.mark.parametrize("method", ["lac", "aps"])
def test_sets_are_those_of_mapie(method, monkeypatch):
    monkeypatch.setattr(conformal, "TOLERANCE", 1e-12)  # for probabilities that were not rounded on the way
    p, labels = cells(800, 3)
    fresh, _ = cells(500, 4)
    theirs = SplitConformalClassifier(
        Told().fit(p, labels), list(conformal.LEVELS), conformity_score=method, prefit=True, random_state=Ones(0)
    )
    theirs.conformalize(p, labels)
    options = {} if method == "lac" else {"conformity_score_params": {"include_last_label": True}}
    _, wanted = theirs.predict_set(fresh, **options)
    for number, level in enumerate(conformal.LEVELS):
        limits = conformal.thresholds(p, labels, method, level)
        assert np.array_equal(conformal.members(fresh, method, limits), wanted[..., number])


def test_coverage_counts():
    inside = np.array([[1, 0, 0], [1, 1, 0], [0, 0, 0], [0, 0, 1]], bool)
    found = conformal.coverage(inside, [0, 2, 0, 2])
    assert (found.held.value, found.size.value) == (0.5, 1.0)
    assert (found.empty.value, found.single.value) == (0.25, 0.5)
    assert [rate.value for rate in found.by_class] == pytest.approx([0.5, np.nan, 0.5], nan_ok=True)
    assert found.sizes == pytest.approx((0.5, np.nan, 1.5), nan_ok=True)


def test_a_class_of_few_cells_is_in_every_set_of_the_variant_by_class():
    p, labels = cells(400, 5)
    keep = (labels != 0) | (np.cumsum(labels == 0) <= 20)
    kept = conformal.fit_sets(p[keep], labels[keep])
    assert kept["by class"]["99"][0] is None
    sets = conformal.sets_of(p[:50], kept, ("rare", "b", "c", "d"))
    assert all("rare" in one["by class"]["99"] for one in sets)


def test_sets_name_the_likeliest_first():
    kept = {"lac": {"90": (0.85,)}}
    assert conformal.sets_of(THREE, kept, ("a", "b", "c")) == [
        {"lac": {"90": ("a", "b")}},
        {"lac": {"90": ("b", "a")}},
    ]
