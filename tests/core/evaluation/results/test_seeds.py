"""Seeds of one recipe: mean and spread, worked out by hand."""

import pandas as pd
import pytest

from core.errors import CheckpointError
from core.evaluation.results.predictions import Predictions
from core.evaluation.results.records import RunFacts, save_record
from core.evaluation.results.seeds import pools, summaries


def keep(root, seed: int, right: int, recipe: str = "net", sure: float = 0.9) -> None:
    """A run that is right on so many of ten test images and on all of ten validation images, so sure each time."""
    labels = ["a"] * 20
    p = [sure] * (10 + right) + [1 - sure] * (10 - right)
    told = Predictions.from_arrays(
        source="s",
        lab="l",
        split=["val"] * 10 + ["test"] * 10,
        keys=[str(i) for i in range(20)],
        labels=labels,
        classes=["a", "b"],
        probabilities=[[one, 1 - one] for one in p],
    )
    facts = RunFacts(
        experiment="trial",
        name=f"{recipe}-seed-{seed}",
        title="Net",
        note="",
        architecture="linear",
        input_size=28,
        parameters=7,
        recipe={"name": recipe, "seed": seed},
        began_from="random weights",
        source="s",
        split_note="",
        counts={},
        training={},
        versions={},
    )
    save_record(facts, told, pd.DataFrame({"epoch": [1]}), root)


def test_mean_and_spread(tmp_path):
    for seed, right in ((2, 8), (1, 6), (3, 10)):
        keep(tmp_path, seed, right)
    (summary,) = summaries("trial", tmp_path)
    assert [run.seed for run in summary.runs] == [1, 2, 3]
    assert summary.mean("test") == pytest.approx(0.8)
    assert summary.sd("test") == pytest.approx(0.2)
    assert summary.mean("val") == 1
    assert summary.to_dict()["runs"][0]["test"]["n"] == 10


def test_together_the_mean_of_the_probabilities_decides(tmp_path):
    for seed, right, sure in ((1, 6, 0.6), (2, 6, 0.6), (3, 9, 0.95)):
        keep(tmp_path, seed, right, sure=sure)
    (summary,) = summaries("trial", tmp_path)
    # On the seventh to ninth image, .95 outweighs .4 and .4; on the tenth all are wrong.
    assert summary.together["test"].value == pytest.approx(0.9)
    assert summary.mean("test") == pytest.approx(0.7)
    assert pools("trial", tmp_path) == []


def test_recipes_of_one_input_size_are_pooled(tmp_path):
    keep(tmp_path, 1, 4, "first")
    keep(tmp_path, 1, 10, "second", sure=0.95)
    (pool,) = pools("trial", tmp_path)
    assert (pool.input_size, pool.recipes, pool.runs) == (28, ("first", "second"), 2)
    assert pool.to_dict()["together"]["test"] == {
        "value": 1.0,
        "low": pytest.approx(0.7225, abs=1e-3),
        "high": 1.0,
        "n": 10,
    }


def test_nothing_recorded_is_told(tmp_path):
    with pytest.raises(CheckpointError, match="trial"):
        summaries("trial", tmp_path)
