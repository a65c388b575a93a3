"""Laboratories that no network of theirs ever saw, on the page Compare."""

import numpy as np
import pytest

from app.compare import strangers
from core.experiments.strangers.findings import ingredient_results, protocol_rows, risk_curves
from core.experiments.strangers.runs import JUDGE
from tests.app.test_compare import at, run
from tests.app.test_pages import opened, words_on
from tests.core.experiments.strangers.records import save_fold, save_ingredient


@pytest.fixture
def recorded(tiny_copy):
    """Two ingredients, one of them without all its folds."""
    save_ingredient("base", 0.7)
    for lab in ("jtsc", "chula"):
        save_fold("plain", lab, 0.9)
    return tiny_copy


def test_where_nothing_was_measured_the_command_is_named(tiny_checkpoints, no_photos):
    assert "strangers run all" in words_on(opened("compare", "unseen laboratories"))


def test_the_table_and_the_curves_of_a_laboratory_are_shown(recorded, no_photos):
    app = at(part="unseen laboratories")
    said = words_on(app)
    assert "How well do they read a laboratory that they never saw?" in said
    assert "the base" in said  # the only one of which every laboratory was left out
    assert "plain training: not every laboratory was left out" in said
    (shown,) = [frame.value for frame in app.dataframe if "Training" in frame.value]
    assert list(shown["Training"]) == ["the base", "plain training"]
    assert shown["Against the base"][0] == ""
    assert shown["Against the base"][1].startswith("+")
    assert shown["PBC"][1] == ""
    app.selectbox(key="strange-lab").set_value(JUDGE)
    app.multiselect(key="strange-training").set_value(["plain"])
    run(app)
    app.selectbox(key="strange-lab").set_value("pbc")
    run(app)
    assert "Choose a way of training" in words_on(app)


def test_words_table_and_chart_say_the_same(recorded):
    rows = protocol_rows()
    curves = {name: risk_curves(result) for name, result in ingredient_results().items()}
    assert f"{100 * rows[0]['mean']['value']:.0f}" in strangers.in_words(rows)
    lines = strangers.risk_chart({"a": curves["base"]["jtsc"], "b": curves["plain"]["jtsc"]}, ["a", "b"]).data
    wrong = 1 - rows[0]["labs"]["jtsc"]["balanced"]["value"]
    assert lines[0].y[-1] == pytest.approx(wrong, abs=0.05)
    assert np.trapezoid(lines[0].y, lines[0].x) > np.trapezoid(lines[1].y, lines[1].x)
    assert len({line.line.color for line in lines}) == 3
    plain = strangers.csv(rows)
    assert plain.count("\n") == 1 + len(rows[0]["labs"]) + len(rows[1]["labs"])
    assert "balanced_low" in plain
