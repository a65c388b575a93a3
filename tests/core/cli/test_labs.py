"""`python -m core labs …` as it is called."""

import json

import pytest

from core.imaging.resemblance import read_laboratories
from tests.core.calling import call


def test_answers_for_other_laboratories_are_kept_once(own_copy, folders, labs, monkeypatch):
    before = own_copy.predictions()
    call("labs", "evaluate")
    told = own_copy.predictions()
    assert set(told.table["source"]) == {"folder", "jtsc", "chula", "bccd", "raabin", "rv_pbs"}
    assert list(told.select(source="folder").table["key"]) == list(before.table["key"])
    assert told.select(source="folder").probabilities == pytest.approx(before.probabilities)
    assert list(told.select(source="chula").groups) == list(labs["chula"].index["group"])
    assert set(told.select(source="chula").table["split"]) == {"test", "more"}
    assert len(told.select(source="bccd")) == len(labs["bccd"].keys()) - 1  # a photo without a marked white cell

    def refuse(*_):
        raise AssertionError("read again")

    monkeypatch.setattr("core.experiments.domain_shift.inference.read", refuse)
    call("labs", "evaluate")

    rows = json.loads(call("labs", "show", "--json", "--all"))["models"]
    assert set(rows[0]["labs"]) == {"jtsc", "chula", "bccd", "raabin", "rv_pbs"}
    assert rows[0]["labs"]["chula"]["n"] == 20
    assert "Chula" in call("labs", "show")


def test_what_laboratories_are_like_is_kept(own_copy, folders):
    rows = json.loads(call("labs", "resemble", "--json"))["rows"]
    assert len(rows) == 10
    assert set(read_laboratories()) == {"pbc", "jtsc", "chula", "bccd", "raabin"}


def test_an_unknown_run_is_refused(own_copy, folders, monkeypatch, capsys):
    from core.__main__ import main

    monkeypatch.setattr("sys.argv", ["core", "labs", "run", "magic"])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 1
    assert "magic" in capsys.readouterr().err
