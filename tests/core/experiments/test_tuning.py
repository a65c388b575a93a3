"""The commands search and crossval: they stop, go on, keep a record, and print what was found."""

import json

import pytest

from core.__main__ import main
from core.cli.options import STOPPED
from core.evaluation.metrics.registry import shown_in
from core.evaluation.results.folds import cross_validation
from core.evaluation.results.searches import open_search
from core.experiments import search_spaces
from tests.core.cli.test_commands import call

SPACE = {"learning_rate": {"kind": "choice", "values": [0.001, 0.01]}}
CHANGES = {"source": "folder", "epochs": 1, "batch_size": 16, "precision": "fp32"}


@pytest.fixture
def tiny_search(monkeypatch):
    """A declared search that takes seconds."""

    def load(name, trials=None):
        settings = {"name": name, "title": "T", "recipe": "linear", "changes": CHANGES, "space": SPACE}
        return search_spaces.declare(settings | {"sampler": "grid", "trials": trials or 2})

    monkeypatch.setattr("core.experiments.search_spaces.load_search", load)


@pytest.fixture
def stopped_at_once():
    """Ctrl-C comes before the first batch, until the fixture is called."""
    patch = pytest.MonkeyPatch()
    patch.setattr("core.cli.tuning.stop_on_signal", lambda stop: stop())
    yield patch.undo
    patch.undo()


def test_search_stops_goes_on_and_keeps_a_record(own_copy, drawn_folder, tmp_path, tiny_search, stopped_at_once):
    arguments = ("search", "some", "--root", str(drawn_folder), "--out", str(tmp_path / "run"))
    call(*arguments, status=STOPPED)
    assert open_search("some") is None
    stopped_at_once()
    told = json.loads(call(*arguments, "--json"))
    assert len(told["trials"]) == 2
    assert told["best"]["val_accuracy"] == max(row["val_accuracy"] for row in told["trials"])
    assert told["recipe"]["architecture"] == "linear"
    assert len(open_search("some").trials) == 2
    assert "learning_rate" in call(*arguments)


def test_search_with_fewer_trials(own_copy, drawn_folder, tmp_path, tiny_search):
    told = json.loads(
        call("search", "some", "--trials", "1", "--root", str(drawn_folder), "--out", str(tmp_path), "--json")
    )
    assert len(told["trials"]) == 1


def test_crossval_stops_goes_on_and_keeps_its_folds(own_copy, drawn_folder, tmp_path, stopped_at_once):
    settings = [part for name, value in CHANGES.items() for part in ("--set", f"{name}={value}")]
    arguments = ("crossval", "linear", "--folds", "2", "--root", str(drawn_folder), "--out", str(tmp_path / "run"))
    call(*arguments, *settings, status=STOPPED)
    assert cross_validation("linear") is None
    stopped_at_once()
    told = json.loads(call(*arguments, *settings, "--json"))
    assert set(told["mean"]) == set(told["sd"]) == set(shown_in("folds"))
    assert [fold["fold"] for fold in told["folds"]] == [1, 2]
    assert told["n"] == sum(fold["n"] for fold in told["folds"])
    assert cross_validation("linear").to_dict() == told
    assert "fold 2" in call(*arguments, *settings)


@pytest.mark.parametrize(("command", "named"), [("search", "study_a"), ("crossval", "simple_cnn")])
def test_an_unknown_name_is_one_sentence(monkeypatch, capsys, command, named):
    monkeypatch.setattr("sys.argv", ["core", command, "alchemy"])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 1
    assert named in capsys.readouterr().err
