"""Prediction sets by laboratory on the page Model."""

import json

import pytest

from app.model import laboratory_sets
from core.checkpoints import find_checkpoint
from core.evaluation.conformal import fit_sets
from core.evaluation.results.predictions import stacked
from tests.app.test_laboratories import elsewhere
from tests.app.test_pages import opened
from tests.core.experiments.strangers.records import save_fold


@pytest.fixture
def fitted(tiny_copy):
    """A model with prediction sets and with predictions for two other laboratories, fitted on a run with two folds."""
    model = find_checkpoint("simple_cnn")
    validation = model.predictions().select(split="val")
    stacked([model.predictions().table, *elsewhere()]).write(model.folder / "predictions.parquet")
    path = model.folder / "card.json"
    card = json.loads(path.read_text())
    thresholds = fit_sets(validation.probabilities, validation.labels)
    thresholds["lac"]["99"] = (0.5,)  # so few validation cells give none
    card["classifier"]["prediction_sets"] = {"thresholds": thresholds}
    card["recipe"]["calibration_folds"] = "strangers/base"
    path.write_text(json.dumps(card))
    return tiny_copy


def tables(app):
    return [frame.value for frame in app.dataframe if "Learned from it" in frame.value]


def opened_on_model():
    app = opened("model", "prediction sets")
    app.selectbox(key="model").set_value("simple_cnn").run()
    assert not app.exception
    return app


def test_every_laboratory_of_the_table_has_a_row(fitted):
    model = find_checkpoint("simple_cnn")
    found = laboratory_sets.of_model(model)
    assert list(found) == ["pbc", "jtsc", "chula"]
    assert found["chula"].held.value < found["jtsc"].held.value
    shown = laboratory_sets.table(found, ("pbc",))
    assert list(shown["Learned from it"]) == ["yes", "no", "no"]
    assert shown["Cells"].tolist() == ["160", "50", "50"]


def test_the_page_names_a_run_that_is_not_recorded_and_shows_one_that_is(fitted, no_photos):
    app = opened_on_model()
    assert any("strangers/base" in warning.value.replace("\\", "") for warning in app.warning)
    assert len(tables(app)) == 1
    for lab in ("jtsc", "chula"):
        save_fold("base", lab, 0.8)
    app = opened_on_model()
    own, left_out = tables(app)
    assert list(left_out["Laboratory"]) == ["Chula WBC", "JTSC"]
    assert set(left_out["Learned from it"]) == {"no"}
    assert len(own) == 3
