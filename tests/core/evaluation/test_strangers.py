"""Figures of laboratories that were not learned from: by hand, and what must hold whatever the answers are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.evaluation.calibration import fit_temperature
from core.evaluation.probabilities import temperature_scaled
from core.evaluation.results.predictions import Predictions
from core.evaluation.strangers import (
    LaboratoryFit,
    StrangerAnswers,
    cross_fits,
    curve,
    fit_over_laboratories,
    mean_of,
    pooled,
    stranger_score,
    worst_of,
)

CLASSES = ("basophil", "ig", "monocyte", "neutrophil")


def answers(seed: int, n: int = 80, right: float = 0.7, groups: int = 0) -> StrangerAnswers:
    """Answers to cells of the first, third and fourth class; wrong ones are given with less confidence on average."""
    rng = np.random.default_rng(seed)
    labels = rng.choice([0, 2, 3], n)
    said = np.where(rng.random(n) < right, labels, rng.integers(0, 4, n))
    sure = np.where(said == labels, rng.uniform(0.4, 1, n), rng.uniform(0.3, 0.9, n))
    p = np.repeat((1 - sure)[:, None] / 3, 4, axis=1)
    p[np.arange(n), said] = sure
    names = np.arange(n) if not groups else np.arange(n) % groups
    return StrangerAnswers(labels, p, names.astype(np.str_), np.full(n, np.nan))


def of(labels: list[int], said: list[int], sure: list[float]) -> StrangerAnswers:
    p = np.repeat((1 - np.array(sure))[:, None] / 3, 4, axis=1)
    p[np.arange(len(said)), said] = sure
    return StrangerAnswers(np.array(labels), p, np.arange(len(said)).astype(np.str_), np.full(len(said), np.nan))


def test_an_answer_that_the_laboratory_does_not_have_is_wrong():
    """Two of three neutrophils, one called ig, and the one basophil, called monocyte without much confidence."""
    score = stranger_score(of([3, 3, 3, 0], [3, 3, 1, 2], [0.9, 0.6, 0.8, 0.4]), LaboratoryFit(1.0, 0.6))
    assert score.present == 2
    assert score.balanced.value == pytest.approx((2 / 3 + 0) / 2)
    assert score.wrong.value == pytest.approx(1 / 4)
    assert score.coverage.value == pytest.approx(3 / 4)
    assert (score.n, score.units) == (4, 4)


def test_without_a_fit_nothing_is_known_of_answers_that_are_withheld():
    score = stranger_score(answers(0), None)
    assert np.isnan([score.wrong.value, score.coverage.value, score.ece.value]).all()
    assert 0 < score.aurc.value < 1


def test_cells_of_one_group_widen_every_interval():
    alone, grouped = answers(1, 200), answers(1, 200)
    wrong = grouped.probabilities.argmax(1) != grouped.labels
    # Groups of right answers and of wrong ones, which is as alike as cells of one slide can be.
    names = np.where(wrong, np.arange(200) % 4, 4 + np.arange(200) % 8).astype(np.str_)
    fit = LaboratoryFit(1.0, 0.5)
    first = stranger_score(alone, fit)
    second = stranger_score(StrangerAnswers(grouped.labels, grouped.probabilities, names, grouped.distances), fit)
    for name in ("balanced", "wrong", "coverage", "aurc"):
        a, b = getattr(first, name), getattr(second, name)
        assert a.value == pytest.approx(b.value)
        assert b.high - b.low > 1.2 * (a.high - a.low)


@given(st.integers(0, 1000), st.floats(0.3, 1), st.floats(0.3, 1))
@settings(max_examples=15)
def test_a_fit_keeps_wrong_answers_rare_in_every_laboratory_it_was_fitted_on(seed, first, second):
    labs = {"a": answers(seed, right=first), "b": answers(seed + 1, right=second)}
    fit = fit_over_laboratories(labs)
    for one in labs.values():
        assert stranger_score(one, fit).wrong.value <= 0.05 + 1e-9


@given(st.integers(0, 1000))
@settings(max_examples=10)
def test_a_laboratory_has_no_say_in_its_own_fit(seed):
    labs = {name: answers(seed + number) for number, name in enumerate("abc")}
    before = cross_fits(labs)["a"]
    assert cross_fits(labs | {"a": answers(seed + 99, right=0.1)})["a"] == before
    assert cross_fits({"a": labs["a"]}) == {}
    assert before == fit_over_laboratories({name: labs[name] for name in "bc"})


def test_each_laboratory_counts_alike_in_a_temperature():
    small, large = answers(0, 40, right=0.3), answers(1, 400, right=1.0)
    p = np.concatenate([small.probabilities, large.probabilities])
    labels = np.concatenate([small.labels, large.labels])
    labs = np.repeat(["small", "large"], [40, 400])
    own, other = (fit_temperature(one.probabilities, one.labels) for one in (small, large))
    together, by_lab = fit_temperature(p, labels), fit_temperature(p, labels, labs)
    assert other < together < by_lab < own
    repeated = fit_temperature(np.concatenate([p, *[large.probabilities] * 9]), [*labels, *[*large.labels] * 9])
    assert repeated < together
    assert by_lab == pytest.approx(
        fit_temperature(
            np.concatenate([p, *[large.probabilities] * 9]),
            [*labels, *[*large.labels] * 9],
            np.repeat(["small", "large"], [40, 4000]),
        ),
        rel=1e-3,
    )


def test_mean_and_worst_are_over_laboratories_and_worst_is_drawn_as_the_worst():
    labs = {
        name: answers(seed, right=right) for seed, (name, right) in enumerate((("a", 0.6), ("b", 0.62), ("c", 0.95)))
    }
    fits = cross_fits(labs)
    scores = {lab: stranger_score(one, fits[lab], seed=seed) for seed, (lab, one) in enumerate(labs.items())}
    values = [score.balanced.value for score in scores.values()]
    mean, worst = mean_of(scores), worst_of(scores)
    assert mean.value == pytest.approx(np.mean(values))
    assert worst.value == min(values)
    assert worst_of(scores, "wrong").value == max(score.wrong.value for score in scores.values())
    assert mean.low < mean.value < mean.high
    single = [score.balanced.high - score.balanced.low for score in scores.values()]
    assert mean.high - mean.low < max(single)
    assert worst.low <= min(score.balanced.low for score in scores.values())


def test_several_networks_keep_a_cell_together_and_groups_are_whole():
    table = Predictions.from_arrays(
        source="lab",
        lab="lab",
        split="val",
        keys=["1", "2", "3"],
        labels=["ig", "ig", "monocyte"],
        classes=CLASSES,
        probabilities=np.full((3, 4), 0.25),
        groups=["video", "video", ""],
        distance=[0.5, np.nan, 2.0],
    )
    both = pooled([table, table])
    assert len(both.labels) == 6
    assert both.groups.tolist() == ["video", "video", "3"] * 2
    assert stranger_score(both, None).units == 2


def test_distances_that_tell_wrong_answers():
    one = answers(3)
    wrong = one.probabilities.argmax(1) != one.labels
    far = StrangerAnswers(
        one.labels, one.probabilities, one.groups, np.where(wrong, 2.0, 1.0) + np.linspace(0, 0.1, 80)
    )
    assert stranger_score(far, None).ood_area.value == 1
    mixed = StrangerAnswers(one.labels, one.probabilities, one.groups, np.random.default_rng(0).random(80))
    assert 0.2 < stranger_score(mixed, None).ood_area.value < 0.8
    assert np.isnan(stranger_score(one, None).ood_area.value)


def test_a_curve_is_of_calibrated_probabilities():
    one = answers(4)
    shown = curve(one, LaboratoryFit(2.0, 0.9))
    assert shown.thresholds[0] == pytest.approx(temperature_scaled(one.probabilities, 2.0).max())
    assert shown.risk[-1] == pytest.approx((one.probabilities.argmax(1) != one.labels).mean())
