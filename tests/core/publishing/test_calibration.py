"""Calibration: undone and done again it is the same, vector scaling has to earn its place, cards of old still load."""

import numpy as np
import pytest

from core.checkpoints import Card
from core.evaluation.calibration import Calibration
from core.evaluation.metrics.calibration import negative_log_likelihood
from core.evaluation.probabilities import softmax
from core.evaluation.results.predictions import Predictions
from core.publishing.calibration import calibrated, fit_calibration, hold_contest, recalibrated

KEYS = ("a", "b", "c")
VECTOR = Calibration(temperature=0.6, factors=(1.4, 1.9, 1.1), shifts=(0.3, -0.5, 0.1))


def cells(count: int, seed: int, bias: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities that say twice too little, the first class shifted by `bias`; labels drawn by the truth."""
    rng = np.random.default_rng(seed)
    logits = 3 * rng.normal(size=(count, 3))
    labels = np.array([rng.choice(3, p=row) for row in softmax(logits)])
    return softmax(logits / 2 + np.array([bias, 0.0, 0.0])), labels


def table(probabilities: np.ndarray, labels: np.ndarray) -> Predictions:
    count = len(labels)
    return Predictions.from_arrays(
        source="s",
        lab="l",
        split=["val"] * (count // 2) + ["test"] * (count - count // 2),
        keys=[str(number) for number in range(count)],
        labels=[KEYS[number] for number in labels],
        classes=KEYS,
        probabilities=probabilities,
    )


@pytest.mark.parametrize("calibration", [Calibration(), Calibration(temperature=0.58), VECTOR])
def test_what_is_undone_is_what_was_before(calibration):
    raw, _ = cells(200, 0)
    assert calibration.undo(calibration.apply(raw)) == pytest.approx(raw, abs=1e-9)
    stored = calibration.apply(raw).astype(np.float32)
    assert calibration.apply(calibration.undo(stored)) == pytest.approx(calibration.apply(raw), abs=1e-6)


def test_a_temperature_is_that_of_the_logits():
    logits = np.random.default_rng(1).normal(size=(20, 4)) * 5
    probabilities = Calibration(temperature=0.7).apply(softmax(logits))
    assert probabilities == pytest.approx(softmax(logits / 0.7))


def test_temperature_is_kept_where_it_is_enough():
    calibration, contest = fit_calibration(*cells(1500, 2))
    assert not contest.vector_wins
    assert calibration.factors is None
    assert calibration.temperature == pytest.approx(0.5, rel=0.1)


def test_vector_scaling_wins_where_one_class_is_off():
    raw, labels = cells(1500, 3, bias=1.5)
    calibration, contest = fit_calibration(raw, labels)
    assert contest.gain > 3 * contest.error
    assert calibration.shifts is not None
    assert calibration.shifts[0] - calibration.shifts[1] == pytest.approx(-3, abs=1.5)
    fresh, truth = cells(1500, 4, bias=1.5)
    plain = Calibration(temperature=calibration.temperature).apply(fresh)
    assert negative_log_likelihood(calibration.apply(fresh), truth) < negative_log_likelihood(plain, truth)


def test_the_contest_judges_cells_that_neither_was_fitted_on():
    """Labels by chance: whoever was judged on what it had learned would seem better than knowing nothing."""
    rng = np.random.default_rng(5)
    raw = softmax(rng.normal(size=(300, 3)) * 2)
    contest = hold_contest(raw, rng.integers(0, 3, 300))
    assert contest.vector > np.log(3) - 0.02


def test_fitting_anew_says_the_same_to_the_bit():
    predictions, fitted = calibrated(table(*cells(800, 6)))
    again, refitted = recalibrated(predictions, fitted.calibration)
    assert again is predictions
    assert refitted.calibration == fitted.calibration
    assert refitted.prediction_sets == fitted.prediction_sets


def test_another_calibration_is_replaced_without_the_network():
    raw = table(*cells(800, 7))
    wanted, fitted = calibrated(raw)
    wrong = Calibration(temperature=1.7)
    predictions = Predictions(
        raw.table.assign(**dict(zip(["p_a", "p_b", "p_c"], wrong.apply(raw.probabilities).T, strict=True)))
    )
    again, refitted = recalibrated(predictions, wrong)
    assert refitted.calibration.temperature == pytest.approx(fitted.calibration.temperature, rel=1e-3)
    assert again.probabilities == pytest.approx(wanted.probabilities, abs=1e-4)


def test_cards_without_factors_and_sets_load(tiny):
    before = tiny.card.model_dump()
    before["classifier"].pop("prediction_sets")
    before["classifier"]["calibration"] = {"temperature": 0.8}
    section = Card.model_validate(before).classifier
    assert section.prediction_sets is None
    assert section.calibration == Calibration(temperature=0.8)
