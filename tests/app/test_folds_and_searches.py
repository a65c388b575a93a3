"""The parts that show a search and a cross-validation, with records and without."""

import io
import itertools

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app.studies import folds, search, tuning_charts
from core.evaluation.results.folds import cross_validation
from core.evaluation.results.predictions import Predictions
from core.evaluation.results.records import RunFacts, save_record
from core.evaluation.results.searches import OUTCOME, Search, SearchFacts, open_search, save_search
from core.experiments.search_spaces import load_search, search_names
from tests.app.conftest import history, predictions
from tests.app.test_pages import PATIENCE, words_on


def shown(part: str, name: str) -> AppTest:
    script = f"from app.studies import {part}\n{part}.show({name!r})"
    app = AppTest.from_string(script, default_timeout=PATIENCE).run()
    assert not app.exception
    assert not app.error
    return app


def made_search(name: str, trials: pd.DataFrame) -> Search:
    declared = load_search(name)
    facts = SearchFacts(
        name=name,
        title=declared.title,
        declaration=declared.model_dump(mode="json"),
        recipe=declared.recipe_of({}).model_dump(mode="json"),
        source="pbc",
        split_note="",
        split_hash="0" * 64,
        counts={"train": 11951, "val": 1712},
        hardware="CPU, 1 threads",
        versions={},
    )
    return Search(facts, trials[["number", "state", *facts.settings, *OUTCOME]])


def grid() -> Search:
    """Study A's grid, in which the learning rate decides and the highest one collapses."""
    points = itertools.product([64, 128, 256], [0.001, 0.01, 0.1], [30, 50])
    trials = pd.DataFrame(points, columns=["batch_size", "learning_rate", "epochs"])
    reached = trials["learning_rate"].map({0.001: 0.95, 0.01: 0.9, 0.1: 0.194}) + trials["batch_size"] / 1e4
    outcome = {"val_accuracy": reached, "val_loss": 1 - reached, "best_epoch": 12, "epochs_run": 17}
    return made_search(
        "study_a",
        trials.assign(number=range(18), state="complete", **outcome, seconds=100.0, reason=""),
    )


def drawn() -> Search:
    """A TPE search in which nothing decides; the last trials ended early or failed."""
    rng = np.random.default_rng(0)
    trials = pd.DataFrame(
        {
            "number": range(20),
            "state": ["complete"] * 14 + ["pruned"] * 5 + ["failed"],
            "learning_rate": 10 ** rng.uniform(-3.4, -1.8, 20),
            "weight_decay": 10 ** rng.uniform(-4, -1, 20),
            "batch_size": rng.choice([64, 128, 256], 20),
            "label_smoothing": rng.uniform(0, 0.2, 20),
            "augment": ["none", "symmetry", "smear", "none"] * 5,
            "ema_decay": [0.0, 0.99, 0.995, 0.999, 0.0] * 4,
            "val_accuracy": [0.9] * 19 + [np.nan],
            "val_loss": [0.3] * 19 + [np.nan],
            "best_epoch": [9.0] * 19 + [np.nan],
            "epochs_run": [10.0] * 14 + [3.0] * 5 + [np.nan],
            "seconds": [80.0] * 19 + [np.nan],
            "reason": [""] * 19 + ["It could not be run."],
        }
    )
    return made_search("simple_cnn", trials)


@pytest.fixture
def recorded(tmp_path, monkeypatch):
    monkeypatch.setenv("SMEARLENS_CHECKPOINTS", str(tmp_path))
    save_search(grid())
    save_search(drawn())
    answers = predictions(0.9).table
    for number in range(1, 6):
        facts = RunFacts(
            experiment="crossval-linear",
            name=f"fold-{number}",
            title="Folds",
            note="Dealt into 5 folds.",
            architecture="linear",
            input_size=28,
            parameters=1,
            recipe={},
            began_from="random weights",
            source="pbc",
            split_note="",
            counts={"train": 180, "val": 20, f"fold {number}": 50},
            training={"seconds": 1},
            versions={},
        )
        left_out = answers[answers.index % 5 == number - 1].assign(split=f"fold {number}")
        save_record(facts, Predictions(left_out), history())
    return tmp_path


@pytest.mark.parametrize("name", search_names())
def test_a_search_that_was_not_run_says_how(no_checkpoints, name):
    assert f"python -m core search {name}" in words_on(shown("search", name))


def test_a_recipe_without_folds_says_how(no_checkpoints):
    assert "python -m core crossval linear" in words_on(shown("folds", "linear"))


@pytest.mark.parametrize("name", search_names())
def test_a_search_is_shown_with_its_best_trial_and_table(recorded, name):
    app = shown("search", name)
    text = words_on(app)
    assert "Best of" in text
    assert "Test cells were not looked at" in text
    assert len(app.dataframe[0].value) == len(open_search(name).trials)


def test_the_best_and_what_matters_are_said(recorded):
    found = open_search("study_a")
    assert "batch size 256, learning rate 0.001 and epochs 30" in search.best(found)
    assert "of 1,712 validation cells" in search.best(found)
    assert "3 others come too close" in search.best(found)
    assert search.matters(found).startswith("What matters most is the **learning rate**")
    assert "No setting stands out" in search.matters(drawn())


def test_a_search_without_a_complete_trial_says_so():
    failed = drawn().trials.assign(state="failed", val_accuracy=np.nan)
    app_search = made_search("simple_cnn", failed)
    assert search.best(app_search) == "No trial ran to the end."
    assert "No setting stands out" in search.matters(app_search)


def test_every_trial_is_in_the_text_and_the_table():
    found = drawn()
    assert search.spoken(found).count("learning rate") == 20
    table = search.table(found)
    assert table["Remark"].iloc[-1] == "It could not be run."
    assert table["Right on validation"].iloc[-1] == "not known"
    assert (table["State"] == "ended early, being behind").sum() == 5


@pytest.mark.parametrize("found", [grid(), drawn()], ids=["grid", "tpe"])
def test_lines_lie_within_their_axes_and_failed_trials_have_none(found):
    figure = tuning_charts.parallel(found)
    assert len(figure.data) == found.trials["val_accuracy"].notna().sum()
    assert sum(line.line.dash == "dot" for line in figure.data) == (found.trials["state"] == "pruned").sum()
    for line in figure.data:
        assert len(line.x) == len(found.facts.settings) + 1
        assert all(0 <= place <= 1 for place in line.x)
    written = [note.text for note in figure.layout.annotations]
    assert all(f"<b>{tuning_charts.title(name)}</b>" in written for name in found.facts.settings)


def test_better_trials_end_further_right():
    lines = tuning_charts.parallel(grid()).data
    ends = [line.x[-1] for line in lines]
    assert ends == sorted(ends)
    assert (ends[0], ends[-1]) == (0, 1)
    assert [line.line.width for line in lines].count(4) == 1


def test_folds_are_said_and_counted(recorded):
    app = shown("folds", "linear")
    text = words_on(app)
    found = cross_validation("linear")
    assert "Over 5 folds" in text
    assert f"{100 * found.mean['accuracy']:.1f} ± {100 * found.sd['accuracy']:.1f}" in text
    assert "Test cells are in no fold" in text
    assert list(app.dataframe[0].value["Fold"]) == ["1", "2", "3", "4", "5", "mean ± sd"]
    again = pd.read_csv(io.StringIO(found.folds.to_csv(index=False)))
    assert again["n"].sum() == len(predictions(0.9))


def test_every_fold_is_a_dot_and_in_the_text(recorded):
    found = cross_validation("linear")
    traces = tuning_charts.fold_dots(found, folds.shown()).data
    assert sum(len(trace.x) for trace in traces) == len(folds.shown()) * (len(found.folds) + 1)
    assert folds.spoken(found).count("%") == len(folds.shown()) * len(found.folds)
