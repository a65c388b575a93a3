"""A class left out: nothing of it is learned, and its cells are set against those that were."""

import numpy as np
import pytest

from core.datasets import open_source
from core.errors import RecipeError
from core.experiments.benchmarks.left_out import LeftOutRun, LeftOutRunner, gathered, measure, without
from core.experiments.benchmarks.ood import CLUSTERS_OR_OUTLIERS
from core.training.data import load_data
from core.training.recipe import load_recipe

KEY = "basophil"


@pytest.fixture
def source(drawn_folder):
    return open_source("folder", drawn_folder)


@pytest.fixture
def recipe():
    return load_recipe("linear", source="folder", epochs=1, batch_size=16, precision="fp32")


def test_the_class_is_in_neither_split_and_all_others_stay(source, recipe):
    data = load_data(recipe, source)
    kept = without(data, KEY)
    number = data.space.index(KEY)
    for before, after in ((data.train, kept.train), (data.val, kept.val)):
        others = np.flatnonzero(before.labels != number)
        assert len(others) < len(before.labels)
        assert np.array_equal(after.labels, before.labels[others])
        rows = np.arange(len(others))
        assert np.array_equal(after.pixels[rows], np.asarray(before.pixels[others]))
    assert kept.key != data.key


def test_its_test_cells_are_told_beside_those_of_known_classes(source, recipe, tmp_path):
    run = LeftOutRunner(recipe, source, out=tmp_path).train(LeftOutRun(KEY))
    assert run is not None
    rows = measure(run, source, KEY)
    held, test = (source.index[source.index["split"] == split]["label"] for split in ("val", "test"))
    counts = {row.group: row.n for row in rows}
    assert counts == {
        "left out, validation": int((held == KEY).sum()),
        "left out": int((test == KEY).sum()),
        "test": int((test != KEY).sum()),
    }
    found = gathered(recipe, rows, len(run.data.val), "a command")
    assert CLUSTERS_OR_OUTLIERS in found.scores
    assert found.name == "linear-left-out"


def test_a_class_that_the_source_does_not_have_is_named(source, recipe, tmp_path):
    with pytest.raises(RecipeError, match="no class heffalump"):
        LeftOutRunner(recipe, source, out=tmp_path).run(LeftOutRun("heffalump"))


def test_a_run_that_was_stopped_goes_on(source, recipe, tmp_path):
    runner = LeftOutRunner(recipe, source, out=tmp_path)
    runner.stop()
    assert runner.run(LeftOutRun(KEY)) is None
    result = LeftOutRunner(recipe, source, out=tmp_path).run(LeftOutRun(KEY))
    assert result is not None
    assert {row.group for row in result.figures} == {"left out, validation", "left out", "test"}
