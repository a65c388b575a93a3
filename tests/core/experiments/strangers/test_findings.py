"""The table of ingredients, from made-up records."""

import json

import pytest

from core.datasets.laboratories import training_laboratories
from core.experiments.strangers.findings import gain, ingredient_results, protocol_rows
from core.experiments.strangers.runs import EXPERIMENT, JUDGE
from tests.core.calling import call
from tests.core.experiments.strangers.records import save_fold, save_ingredient


def test_a_row_holds_every_figure_of_an_ingredient(tmp_path):
    save_ingredient("base", 0.8, tmp_path)
    save_ingredient("plain", 0.6, tmp_path)
    base, plain = protocol_rows(tmp_path)
    assert [base["name"], plain["name"]] == ["base", "plain"]
    assert set(base["labs"]) == {*training_laboratories(), JUDGE}
    assert base["gain"] is None
    assert plain["gain"]["high"] < 0
    assert plain["gain"]["value"] == pytest.approx(plain["mean"]["value"] - base["mean"]["value"], abs=1e-3)
    assert plain["judge_gain"]["value"] == pytest.approx(plain["gain"]["value"], abs=0.1)
    assert base["folds"] == len(training_laboratories())
    assert base["seconds"] == 10 * base["folds"]
    assert base["wrong_worst"]["value"] <= 0.05
    assert plain["aurc"] > base["aurc"]
    for row in base["labs"].values():
        assert row["balanced"]["low"] <= row["balanced"]["value"] <= row["balanced"]["high"]
        assert row["units"] < row["n"]


def test_half_a_table_is_shown_where_folds_are_missing(tmp_path):
    assert protocol_rows(tmp_path) == []
    save_fold("plain", "jtsc", 0.7, tmp_path)
    (row,) = protocol_rows(tmp_path)
    assert row["folds"] == 1
    assert set(row["labs"]) == {"jtsc", JUDGE}
    assert row["labs"]["jtsc"]["threshold"] is None
    assert row["wrong_worst"] is row["coverage"] is row["ece"] is row["gain"] is None
    save_fold("base", "chula", 0.7, tmp_path)
    assert protocol_rows(tmp_path)[1]["gain"] is None  # no laboratory that both left out


def test_doubted_labels_and_the_other_split_are_not_counted(tmp_path):
    for lab in training_laboratories():
        save_fold("base", lab, 0.8, tmp_path, doubted=True)
    chosen, tested = (ingredient_results(tmp_path, test=test)["base"] for test in (False, True))
    assert chosen.scores["bccd"].n + tested.scores["bccd"].n < len(chosen.tables["bccd"].select(source="bccd"))
    assert chosen.fits == tested.fits  # nothing is fitted on test cells
    assert gain(chosen, chosen).value == 0


def test_the_command_shows_the_table(tmp_path):
    save_ingredient("base", 0.8, tmp_path)
    (row,) = json.loads(call("strangers", "show", "--records", str(tmp_path), "--json"))
    assert row["mean"]["value"] > 0.7
    shown = call("strangers", "show", "--records", str(tmp_path), "--test")
    assert "base" in shown
    assert "RV-PBS" in shown
    assert {ingredient.name for ingredient in EXPERIMENT.runs} >= {"base"}
