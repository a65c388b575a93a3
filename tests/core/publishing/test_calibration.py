"""Calibration: undone and done again it is the same, vector scaling has to earn its place, cards of old still load."""

import numpy as np
import pytest

from core.checkpoints import Card
from core.errors import CheckpointError, SourceError
from core.evaluation.calibration import Calibration
from core.evaluation.metrics.calibration import negative_log_likelihood
from core.evaluation.probabilities import softmax
from core.evaluation.results.predictions import Predictions
from core.publishing.calibration import (
    AIM_OF_ALL,
    calibrated,
    fit_calibration,
    hold_contest,
    recalibrated,
    strangers_of,
)

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


def strangers(bias: float = 0.0) -> dict[str, Predictions]:
    """Two laboratories without the third class, the second of them read worse."""
    tables = {}
    for seed, (lab, sharper) in enumerate({"jtsc": 1.0, "chula": 0.4}.items(), start=20):
        raw, labels = cells(600, seed, bias)
        raw = softmax(np.log(raw) / sharper)
        tables[lab] = table(raw[labels < 2], labels[labels < 2])
    return tables


def test_over_laboratories_wrong_answers_are_rare_in_each_and_validation_has_no_say():
    raw, labs = table(*cells(800, 6)), strangers()
    predictions, fitted = calibrated(raw, labs)
    assert fitted.contest is None
    assert fitted.abstain.laboratories == tuple(labs)
    assert fitted.abstain.reached
    for one in labs.values():
        p = fitted.calibration.apply(one.probabilities)
        wrong = (p.argmax(1) != one.labels) & (p.max(1) >= fitted.abstain.probability)
        assert wrong.mean() <= 1 - AIM_OF_ALL + 1e-9
    other, refitted = calibrated(table(*cells(800, 7)), labs)
    assert (refitted.calibration, refitted.abstain) == (fitted.calibration, fitted.abstain)
    assert predictions.probabilities == pytest.approx(fitted.calibration.apply(raw.probabilities), abs=1e-6)
    assert len(other) == 800


def test_sets_over_laboratories_hold_their_promise_on_them_and_have_a_limit_for_classes_that_they_lack():
    labs = strangers()
    _, fitted = calibrated(table(*cells(800, 6)), labs)
    limits = fitted.prediction_sets.thresholds
    p = np.concatenate([fitted.calibration.apply(one.probabilities) for one in labs.values()])
    labels = np.concatenate([one.labels for one in labs.values()])
    assert (1 - p[np.arange(len(p)), labels] <= limits["lac"]["95"][0] + 1e-6).mean() >= 0.95
    assert None not in limits["by class"]["95"]
    _, own = calibrated(table(*cells(800, 6)))
    assert limits["by class"]["95"][0] > own.prediction_sets.thresholds["by class"]["95"][0]


def test_what_is_fitted_over_laboratories_comes_out_the_same_again():
    labs = strangers()
    predictions, fitted = calibrated(table(*cells(800, 6)), labs)
    again, refitted = recalibrated(predictions, fitted.calibration, labs)
    assert again is predictions
    assert refitted == fitted


def test_laboratories_to_measure_on_only_and_other_classes_are_refused():
    raw, labs = table(*cells(800, 6)), strangers()
    with pytest.raises(SourceError, match="RV-PBS"):
        calibrated(raw, {"rv_pbs": labs["jtsc"]})
    other = labs["chula"].table.rename(columns={"p_c": "p_d"})
    with pytest.raises(CheckpointError, match="other classes"):
        calibrated(raw, labs | {"chula": Predictions(other)})


def test_a_recipe_names_the_run_to_fit_on(tmp_path, monkeypatch):
    from tests.core.experiments.strangers.records import save_fold

    monkeypatch.setenv("SMEARLENS_CHECKPOINTS", str(tmp_path))
    assert strangers_of({}) is None
    with pytest.raises(CheckpointError, match="strangers/base"):
        strangers_of({"calibration_folds": "strangers/base"})
    for lab in ("jtsc", "chula"):
        save_fold("base", lab, 0.8, doubted=True)
    found = strangers_of({"calibration_folds": "strangers/base"})
    assert set(found) == {"jtsc", "chula"}
    for lab, one in found.items():
        assert set(one.table["source"]) == {lab}
        assert set(one.table["split"]) == {"val"}
