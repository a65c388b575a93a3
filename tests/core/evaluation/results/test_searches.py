"""The record of a search: its best trial, what matters, and refusals."""

import numpy as np
import pandas as pd
import pytest

from core.errors import CheckpointError
from core.evaluation.results.searches import Search, SearchFacts, open_search, save_search

FACTS = SearchFacts(
    name="made",
    title="Made up",
    declaration={"space": {"rate": {"kind": "real"}, "idle": {"kind": "choice"}}},
    recipe={},
    source="pbc",
    split_note="",
    split_hash="0" * 64,
    counts={"train": 1, "val": 1},
    hardware="none",
    versions={},
)


def made(rates, accuracies, states=None, idle=None) -> Search:
    count = len(rates)
    table = pd.DataFrame(
        {
            "number": range(count),
            "state": states or ["complete"] * count,
            "rate": rates,
            "idle": idle if idle is not None else ["a", "b"] * (count // 2) + ["a"] * (count % 2),
            "val_accuracy": accuracies,
            "val_loss": 1.0,
            "best_epoch": 1.0,
            "epochs_run": 2.0,
            "seconds": 3.0,
            "reason": "",
        }
    )
    return Search(FACTS, table)


def test_the_best_is_the_most_accurate_complete_trial():
    search = made([1, 2, 3], [0.5, 0.9, 0.8], ["complete", "pruned", "complete"])
    assert search.best["number"] == 2
    assert made([1.0], [np.nan], ["failed"]).best is None


def test_what_decides_has_an_effect_and_what_does_not_has_none():
    rates = np.linspace(0.1, 1, 18)
    effects = made(list(rates), list(rates)).effects()
    assert list(effects) == ["rate", "idle"]
    assert effects["rate"] > 0.7
    assert effects["idle"] < 0.1


def test_effects_of_chance_are_nothing_on_average():
    rng = np.random.default_rng(0)
    found = [made(list(rng.random(18)), list(rng.random(18))).effects()["rate"] for _ in range(200)]
    assert np.mean(found) < 0.08  # not exactly 0, for a figure below 0 is told as 0


def test_effects_agree_with_scipy():
    from scipy.stats import kruskal

    rng = np.random.default_rng(1)
    idle, accuracies = list("abc" * 6), rng.random(18) + np.tile([0, 0.1, 0.5], 6)
    h = kruskal(*(accuracies[place::3] for place in range(3))).statistic
    assert made([1] * 18, list(accuracies), idle=idle).effects()["idle"] == pytest.approx((h - 2) / 15)


@pytest.mark.parametrize("accuracies", [[0.5], [0.5, 0.5, 0.5], [np.nan, np.nan]])
def test_effects_of_too_little_are_zero(accuracies):
    assert set(made([1.0] * len(accuracies), accuracies).effects().values()) == {0.0}


def test_no_record_is_none(tmp_path):
    assert open_search("nobody", tmp_path) is None


@pytest.mark.parametrize("damage", ["number,state\n1,complete\n", "", "{}"])
def test_a_damaged_record_is_refused(tmp_path, damage):
    folder = save_search(made([1, 2], [0.5, 0.6]), tmp_path)
    (folder / "trials.csv").write_text(damage)
    with pytest.raises(CheckpointError, match="made"):
        open_search("made", tmp_path)


def test_an_unknown_state_is_refused(tmp_path):
    save_search(made([1, 2], [0.5, 0.6], ["complete", "lost"]), tmp_path)
    with pytest.raises(CheckpointError, match="damaged"):
        open_search("made", tmp_path)
