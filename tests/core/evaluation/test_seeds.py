"""Seeds of one recipe: mean and spread, worked out by hand."""

import pandas as pd
import pytest

from core.errors import CheckpointError
from core.evaluation.predictions import Predictions
from core.evaluation.records import RunFacts, save_record
from core.evaluation.seeds import summaries


def keep(root, seed: int, right: int) -> None:
    """A run that is right on so many of ten test images and on all of ten validation images."""
    labels = ["a"] * 20
    p = [0.9] * 10 + [0.9] * right + [0.1] * (10 - right)
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
        name=f"net-seed-{seed}",
        title="Net",
        note="",
        architecture="linear",
        input_size=28,
        parameters=7,
        recipe={"name": "net", "seed": seed},
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


def test_nothing_recorded_is_told(tmp_path):
    with pytest.raises(CheckpointError, match="trial"):
        summaries("trial", tmp_path)
