"""Search: the grid is complete, a hopeless trial ends early, stopping changes nothing, test is never read."""

import itertools

import pandas as pd
import pytest
import torch
from optuna.distributions import CategoricalDistribution

from core.datasets.development import development
from core.errors import RecipeError
from core.evaluation.results.searches import OUTCOME, open_search, save_search
from core.experiments.search import SearchRun
from core.experiments.search_spaces import declare, load_search

CPU = torch.device("cpu")
TINY = {
    "name": "tiny",
    "title": "Tiny",
    "recipe": "linear",
    "changes": {"source": "folder", "epochs": 2, "batch_size": 16, "schedule": "constant", "precision": "fp32"},
    "space": {
        "learning_rate": {"kind": "real", "low": 0.0003, "high": 0.1, "log": True},
        "weight_decay": {"kind": "real", "low": 0.0, "high": 0.1},
        "augment": {"kind": "choice", "values": ["none", "symmetry"]},
    },
    "sampler": "tpe",
    "startup": 2,
    "trials": 5,
}
GRID = TINY | {
    "sampler": "grid",
    "space": {
        "learning_rate": {"kind": "choice", "values": [0.001, 0.01]},
        "epochs": {"kind": "choice", "values": [1, 2]},
    },
    "trials": 4,
}


def finished(settings, source, folder, **kwargs) -> pd.DataFrame:
    run = SearchRun(declare(settings), source, folder, device=CPU, **kwargs)
    assert run.run()
    return run.result().trials


def test_study_a_grid_is_its_eighteen_points(source, tmp_path):
    """Every point is asked for once; nothing is trained."""
    run = SearchRun(load_search("study_a"), source, tmp_path, device=CPU)
    asked = []
    while (trial := run._next()) is not None:
        asked.append((trial.params["batch_size"], trial.params["learning_rate"], trial.params["epochs"]))
        run.study.tell(trial, 0.5)
    assert len(asked) == 18
    assert set(asked) == set(itertools.product([64, 128, 256], [0.001, 0.01, 0.1], [30, 50]))


def test_a_grid_runs_to_its_end_and_says_what_came_of_it(source, tmp_path):
    table = finished(GRID, source, tmp_path)
    assert list(table.columns) == ["number", "state", "learning_rate", "epochs", *OUTCOME]
    assert sorted(zip(table["learning_rate"], table["epochs"], strict=True)) == [
        (0.001, 1),
        (0.001, 2),
        (0.01, 1),
        (0.01, 2),
    ]
    assert set(table["state"]) == {"complete"}
    assert (table["epochs_run"] == table["epochs"]).all()
    history = pd.read_csv(tmp_path / "trials" / "000" / "history.csv")
    best = history.sort_values(["val_accuracy", "val_loss"], ascending=[False, True]).iloc[0]
    assert table.loc[0, ["val_accuracy", "val_loss", "best_epoch"]].tolist() == pytest.approx(
        best[["val_accuracy", "val_loss", "epoch"]].tolist()
    )
    assert not list(tmp_path.rglob("state.pt"))  # a finished trial takes no room


def test_two_trials_that_share_their_course_agree(source, tmp_path):
    """Same seed, same rate: the longer run begins as the shorter did."""
    table = finished(GRID, source, tmp_path).set_index(["learning_rate", "epochs"])
    number = {index: row["number"] for index, row in table.iterrows()}
    short, long = (
        pd.read_csv(tmp_path / "trials" / f"{number[(0.01, epochs)]:03d}" / "history.csv") for epochs in (1, 2)
    )
    assert short.loc[0, "val_loss"] == long.loc[0, "val_loss"]


def without_seconds(table: pd.DataFrame) -> pd.DataFrame:
    return table.drop(columns="seconds")


@pytest.mark.parametrize("stop_after", [1, 9, 23])
def test_stopped_and_resumed_is_equal(source, tmp_path, stop_after):
    straight = finished(TINY, source, tmp_path / "straight")
    batches = []

    def stop_there(progress):
        batches.append(progress)
        if len(batches) == stop_after:
            first.stop()

    first = SearchRun(declare(TINY), source, tmp_path / "halves", stop_there, device=CPU)
    assert not first.run()
    torch.manual_seed(999)
    second = finished(TINY, source, tmp_path / "halves")
    pd.testing.assert_frame_equal(without_seconds(straight), without_seconds(second))


def test_more_trials_go_on_from_those_that_were_run(source, tmp_path):
    first = finished(TINY | {"trials": 2}, source, tmp_path)
    more = finished(TINY | {"trials": 3}, source, tmp_path)
    pd.testing.assert_frame_equal(first, more.head(2))
    assert len(more) == 3


def test_a_hopeless_trial_is_ended_early_and_recorded_as_pruned(source, tmp_path):
    """Two trials that learn, then one that cannot."""
    settings = TINY | {
        "pruner": "median",
        "startup": 2,
        "trials": 3,
        "changes": TINY["changes"] | {"epochs": 5},
        "space": {"learning_rate": {"kind": "choice", "values": [1e-9, 0.01]}},
    }
    run = SearchRun(declare(settings), source, tmp_path, device=CPU)
    rate = CategoricalDistribution((1e-9, 0.01))
    for value in (0.01, 0.01, 1e-9):
        run.study.enqueue_trial({"learning_rate": value})
        assert run._run(run.study.ask({"learning_rate": rate}))
    table = run.result().trials
    assert table["state"].tolist() == ["complete", "complete", "pruned"]
    assert table["epochs_run"].tolist() == [5, 5, 2]
    assert table["val_accuracy"].notna().all()
    assert run.result().best["number"] in (0, 1)


def test_a_trial_that_cannot_be_run_is_recorded_as_failed(source, tmp_path):
    settings = TINY | {
        "trials": 2,
        "sampler": "grid",
        "changes": TINY["changes"] | {"epochs": 1},
        "space": {"begin_from": {"kind": "choice", "values": ["none", "nowhere.pth"]}},
    }
    table = finished(settings, source, tmp_path).set_index("begin_from")
    assert table.loc["none", "state"] == "complete"
    assert table.loc["nowhere.pth", "state"] == "failed"
    assert table.loc["nowhere.pth", "reason"].endswith(".")


def test_a_folder_of_another_search_is_refused(source, tmp_path):
    finished(TINY | {"trials": 1}, source, tmp_path)
    with pytest.raises(RecipeError, match="another search"):
        SearchRun(declare(TINY | {"seed": 5}), source, tmp_path, device=CPU)


def test_test_images_are_never_read(without_test_images, tmp_path):
    """The search runs although every test image is gone."""
    gone = without_test_images.keys("test")
    assert set(development(without_test_images).index["split"]) == {"train", "val"}
    assert not set(development(without_test_images).keys()) & set(gone)
    assert len(finished(TINY | {"trials": 1}, without_test_images, tmp_path / "run")) == 1


def test_time_left_falls_to_nothing_and_each_trial_says_how_it_ended(source, tmp_path):
    told = []
    finished(TINY | {"trials": 3}, source, tmp_path, report=told.append)
    assert told[0].seconds_left > 0
    assert told[-1].seconds_left == 0
    assert [one.ended for one in told if one.ended] == ["complete"] * 3


def test_the_record_comes_back_as_it_was(source, tmp_path):
    run = SearchRun(declare(TINY | {"trials": 2}), source, tmp_path / "run", device=CPU)
    assert run.run()
    save_search(run.result(), tmp_path / "records")
    back = open_search("tiny", tmp_path / "records")
    assert back.facts == run.result().facts
    assert back.facts.counts["train"] > back.facts.counts["val"] > 0
    assert "test" not in back.facts.counts
    pd.testing.assert_frame_equal(back.trials, run.result().trials, check_dtype=False)
