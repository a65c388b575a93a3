"""A class left out: nothing of it is learned, and its cells are set against those that were."""

import numpy as np
import pytest

from core.datasets import open_source
from core.errors import RecipeError
from core.experiments.benchmarks.left_out import gathered, measure, train_without, without
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
    run = train_without(recipe, source, KEY, tmp_path, lambda progress: None)
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
        train_without(recipe, source, "heffalump", tmp_path, lambda progress: None)


def test_a_run_that_was_stopped_goes_on(source, recipe, tmp_path):
    stopped = train_without(recipe, source, KEY, tmp_path, lambda progress: None, lambda trainer: trainer.stop())
    assert stopped is None
    assert train_without(recipe, source, KEY, tmp_path, lambda progress: None) is not None
